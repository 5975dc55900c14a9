"""What staff see and change of callers, upstream accounts and each other."""

from accounts.admin import applications, keys, staff, upstream

__all__ = ["applications", "keys", "staff", "upstream"]
