"""Ctrl-C and its relatives."""

import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
SAME_REQUEST = 1.0  # seconds; a SIGTERM to the group reaches us, and `make` passes its own on


class StopRequests:
    """Counts how often we were asked to stop; the supervisor looks when it is safe to."""

    def __init__(self) -> None:
        self.count = 0
        self._first = 0.0

    @contextmanager
    def heeded(self) -> Iterator[None]:
        before = {number: signal.signal(number, self._heed) for number in STOPPING if _concerns_us(number)}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def _heed(self, _number: int, _frame: FrameType | None) -> None:
        now = time.monotonic()
        if self.count == 0:
            self._first = now
        if self.count == 0 or now - self._first > SAME_REQUEST:
            self.count += 1


def _concerns_us(number: signal.Signals) -> bool:
    # nohup had hang-ups ignored, and means it. A shell's `&` did it to Ctrl-C, but a SIGINT is on purpose.
    return number != signal.SIGHUP or signal.getsignal(number) is not signal.SIG_IGN
