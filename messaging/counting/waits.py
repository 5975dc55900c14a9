"""How long messages took to be delivered, in classes: enough for a median, and sums of them are sums."""

from collections.abc import Sequence

# Seconds from submission to the report's arrival. Class 0 ends at the first, the last class has no end.
WAITS = (
    2.0,
    4.0,
    6.0,
    8.0,
    10.0,
    15.0,
    20.0,
    30.0,
    45.0,
    60.0,
    120.0,
    300.0,
    900.0,
    3600.0,
    14400.0,
    86400.0,
)
CLASSES = len(WAITS) + 1


def quantile(counts: Sequence[float], share: float) -> float | None:
    """Return the seconds within which this share of the messages was delivered; None when there are none.

    Within a class they are taken to be spread evenly; of the last one only its beginning is known.
    """
    wanted = share * sum(counts)
    below = 0.0
    for place, count in enumerate(counts):
        if count and below + count >= wanted:
            return _between(place, (wanted - below) / count)
        below += count
    return None


def _between(place: int, share: float) -> float:
    begins = WAITS[place - 1] if place else 0.0
    ends = WAITS[place] if place < len(WAITS) else begins
    return begins + (ends - begins) * share
