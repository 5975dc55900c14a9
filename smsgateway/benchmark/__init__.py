"""What this service does in a second, beside what its own database does: `make bench`."""
