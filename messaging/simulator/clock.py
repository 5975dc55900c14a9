"""The gateway's clock, which is China's and names no zone."""

from datetime import datetime, timedelta, timezone
from functools import lru_cache

CHINA = timezone(timedelta(hours=8))


@lru_cache(maxsize=4096)
def china_time(second: int) -> str:
    """Write a Unix time (seconds) as the document does: `YYYY-MM-DD HH:MM:SS`, eight hours ahead of UTC."""
    return datetime.fromtimestamp(second, CHINA).strftime("%Y-%m-%d %H:%M:%S")
