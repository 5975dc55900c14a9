"""Times that stay ahead on whatever day a test runs."""

from datetime import UTC, datetime, timedelta


def ahead(**how_far: float) -> str:
    """Return a time to come, as callers write it: RFC 3339 in UTC, to the second."""
    return (datetime.now(UTC).replace(microsecond=0) + timedelta(**how_far)).isoformat()
