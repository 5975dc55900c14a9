"""The ceiling of what waits: a lane that is full takes no more, and the others go on."""

import threading
import time
from math import ceil

import structlog
from django.conf import settings
from django.db import DatabaseError
from django.utils.translation import gettext as _

from messaging import selectors
from messaging.exceptions import Overloaded
from messaging.selectors import Backlog

log = structlog.get_logger(__name__)

READ_SECONDS = 1.0
SHARE = 20  # a reading that takes long, as of a million singles, takes a twentieth of the time at most
ROOM = 0.05  # so much of the ceiling should be free before it is worth asking again
SOONEST_SECONDS, LATEST_SECONDS = 5.0, 600.0


class Readings:
    """What is due in each lane, read by one caller a second; the others see what was read last."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._next_at = 0.0
        self._lanes: dict[str, Backlog] = {}

    def of(self, category: str) -> Backlog | None:
        if time.monotonic() >= self._next_at and self._lock.acquire(blocking=False):
            try:
                self._read()
            finally:
                self._lock.release()
        return self._lanes.get(category)

    def _read(self) -> None:
        """A database that is away refuses nobody here: whoever stores finds out, and knows what to do."""
        began = time.monotonic()
        try:
            self._lanes = {lane.category: lane for lane in selectors.backlog()}
        except DatabaseError as error:
            log.warning("backlog_not_read", reason=type(error).__name__)
        now = time.monotonic()
        self._next_at = now + max(READ_SECONDS, SHARE * (now - began))


_readings = Readings()


def refuse_when_full(category: str) -> None:
    """Raise `Overloaded` while MAX_BACKLOG_MESSAGES of this lane are due and not submitted."""
    ceiling = settings.MAX_BACKLOG_MESSAGES
    lane = _readings.of(category) if ceiling else None
    if lane is None or lane.messages < ceiling:
        return
    seconds = seconds_until_room(lane, ceiling)
    text = _(
        "%(count)s messages of the category %(category)s wait to be sent, as many as may. Nothing was stored. Send it "
        "again in about %(seconds)d seconds; other categories are taken."
    )
    told = {"count": f"{lane.messages:,}", "category": category, "seconds": ceil(seconds)}
    raise Overloaded("backlog_full", text % told, seconds)


def seconds_until_room(lane: Backlog, ceiling: int) -> float:
    """Estimate: the oldest has waited for as long as what waits now will take."""
    surplus = lane.messages - ceiling * (1 - ROOM)
    seconds = lane.oldest_seconds * surplus / lane.messages
    return min(max(seconds, SOONEST_SECONDS), LATEST_SECONDS)
