"""Django's PostgreSQL, with a cheaper look at pooled connections."""
