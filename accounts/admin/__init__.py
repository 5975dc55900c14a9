"""What staff see and change of callers, upstream accounts and each other."""

from accounts.admin import applications, staff, upstream

__all__ = ["applications", "staff", "upstream"]
