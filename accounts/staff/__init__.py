"""How people get in, stay in and are shut out: lock-out, second factor, sessions, one-time passwords."""
