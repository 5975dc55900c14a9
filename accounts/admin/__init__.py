"""What staff see and change of callers, upstream accounts and each other."""

from accounts.admin import applications, changes, keys, staff, upstream

__all__ = ["applications", "changes", "keys", "staff", "upstream"]
