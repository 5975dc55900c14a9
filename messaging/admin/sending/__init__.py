"""Sending from the admin: a form, a page that says what would happen, and one button."""
