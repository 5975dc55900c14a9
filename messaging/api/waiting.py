"""A request that waits for something to happen: it holds a thread, but no connection to the database."""

import select
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, TypeVar

from django.conf import settings
from django.db import connection

MOST_SECONDS = 20.0
LOOK_SECONDS = (
    0.25  # between two looks; also how late a stopping process, or a caller that has gone, is noticed
)

Seen = TypeVar("Seen")


class _Seats:
    """Half of the process's threads may wait, so that the others serve."""

    def __init__(self) -> None:
        self._taken = 0
        self._lock = threading.Lock()
        self.closed = False

    @contextmanager
    def take(self) -> Iterator[bool]:
        """Yield whether there was one."""
        with self._lock:
            ours = self._taken < settings.WEB_THREADS // 2
            self._taken += ours
        try:
            yield ours
        finally:
            with self._lock:
                self._taken -= ours


_seats = _Seats()


def stop_waiting() -> None:
    """Answer whoever waits in this process, now and from now on: it is about to end. Safe in a signal's handler."""
    _seats.closed = True


def wait_for(
    look: Callable[[], Seen], done: Callable[[Seen], bool], seconds: float, environ: Mapping[str, Any]
) -> Seen:
    """Look at once, and again until it is done or `seconds` are over; return what was seen last.

    Without a seat nobody waits.
    """
    until = time.monotonic() + seconds
    seen = look()
    if done(seen) or not seconds:
        return seen
    with _seats.take() as ours:
        while ours and not done(seen) and _may_go_on(until, environ):
            connection.close()  # back into the pool
            time.sleep(max(0.0, min(LOOK_SECONDS, until - time.monotonic())))
            seen = look()
    return seen


def _may_go_on(until: float, environ: Mapping[str, Any]) -> bool:
    return not _seats.closed and time.monotonic() < until and not _has_gone(environ)


def _has_gone(environ: Mapping[str, Any]) -> bool:
    """Return whether the caller has closed its end, where the server lets us see the socket (gunicorn does)."""
    line = environ.get("gunicorn.socket")
    if line is None:
        return False
    closed = select.poll()
    closed.register(line.fileno(), select.POLLRDHUP)
    return bool(closed.poll(0))
