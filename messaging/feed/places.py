"""Where a reader stands."""

from typing import NamedTuple


class Place(NamedTuple):
    """What a reader has not read yet: the set at `position` from this entry on, and what comes behind it.

    An inbound message is a set of one.
    """

    position: int
    entry: int


BEGINNING = Place(0, 0)


def after_set(position: int) -> Place:
    """Return the place behind a whole set, whatever comes there."""
    return Place(position + 1, 0)
