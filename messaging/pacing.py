"""Singles that come thick and fast travel together: a process claims them at a distance, never later than that.

A call costs the same for one message as for fifty. A single that comes alone is claimed at once; those that follow it
closely wait for a moment, and go in one call.
"""

import threading
import time
from collections.abc import Mapping

# Somebody waits for a one-time password; a tenth of a second more is nothing to a notification.
SPACING_SECONDS: Mapping[str, float] = {"otp": 0.02, "notification": 0.1, "marketing": 0.1}


class Pace:
    """How far apart one process looks for work in each lane while what it finds is singles."""

    def __init__(self, spacing: Mapping[str, float] = SPACING_SECONDS) -> None:
        self._spacing = spacing
        self._lock = threading.Lock()
        self._singles: set[str] = set()
        self._next: dict[str, float] = {}
        self._waiting: set[str] = set()

    def wait(self, lane: str) -> bool:
        """Wait until it is time to look into a lane; False: another waits already, and will find what is there now."""
        with self._lock:
            if lane in self._waiting:
                return False
            pause = self._next.get(lane, 0.0) - time.monotonic()
            if pause > 0:
                self._waiting.add(lane)
            if lane in self._singles:
                self._next[lane] = time.monotonic() + max(pause, 0.0) + self._spacing[lane]
        if pause > 0:
            time.sleep(pause)
            with self._lock:
                self._waiting.discard(lane)
        return True

    def resting(self) -> frozenset[str]:
        """Return the lanes in which somebody will look soon: whoever works for another lane leaves them alone."""
        with self._lock:
            now = time.monotonic()
            return frozenset(lane for lane, moment in self._next.items() if moment > now)

    def found(self, lane: str, *, singles: bool) -> None:
        """Say what the last look into a lane found: only singles can travel together by waiting."""
        with self._lock:
            if singles:
                self._singles.add(lane)
                self._next[lane] = max(self._next.get(lane, 0.0), time.monotonic() + self._spacing[lane])
            else:
                self._singles.discard(lane)
                self._next.pop(lane, None)
