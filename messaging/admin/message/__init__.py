"""A message: its list, its page, its whole life, and the page of a number."""
