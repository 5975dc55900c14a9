"""The first page: how today is going, and whether we can still send."""
