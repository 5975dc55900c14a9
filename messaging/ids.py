"""UUIDv7 as time: the first 48 bits are milliseconds since 1970, so a span of time is a range of keys."""

import uuid
from datetime import UTC, datetime, timedelta

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MILLISECOND = timedelta(milliseconds=1)
LAST_MILLISECOND = (1 << 48) - 1


def first_id(moment: datetime) -> uuid.UUID:
    """Return the least id that can be made at an aware `moment`; ids made before it are less."""
    milliseconds = (moment - EPOCH) // MILLISECOND
    return uuid.UUID(int=min(max(milliseconds, 0), LAST_MILLISECOND) << 80)


def moment_of(key: uuid.UUID) -> datetime | None:
    """Return when an id was made, in UTC; None when it is so far away that it can't be a UUIDv7 of ours."""
    try:
        return EPOCH + (key.int >> 80) * MILLISECOND
    except OverflowError:
        return None
