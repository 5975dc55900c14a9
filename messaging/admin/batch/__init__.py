"""A batch: its page, how far it is, and what staff decide about it."""
