"""The bell: wake-ups through the broker, rung by a thread of their own.

Whoever rings never waits for Redis, be it down, full or frozen. A wake-up that is not heard costs time, never a
message: PostgreSQL holds the work, the clock finds it, and `pump` does it while nobody is heard.
"""

import os
import threading
import time
from queue import Full, Queue
from typing import Any, NamedTuple, Protocol

import structlog
from celery import current_app
from kombu.exceptions import OperationalError

log = structlog.get_logger(__name__)

WAKE_UP_SECONDS = 60  # a wake-up that nobody heard in this time says nothing any more
SILENCE_SECONDS = 2.0  # after a failure: a dead broker is not asked for every message
MOST_WAITING = 1000


class Bell(Protocol):
    """Wakes somebody to run `messaging.<task>`; `clock` names whose sign of life a ring by the clock is."""

    clock: str

    def ring(self, task: str, *args: str | int, queue: str | None = None) -> None: ...


class WakeUp(NamedTuple):
    """What to wake somebody for. `queue` is None where the task's route names it."""

    task: str
    args: tuple[str | int, ...]
    queue: str | None


class CeleryBell:
    """Hands wake-ups to one daemon thread a process, which sends them; more than a thousand waiting are dropped."""

    clock = "clock"

    def __init__(self) -> None:
        self._waiting: Queue[WakeUp] = Queue(MOST_WAITING)
        self._lock = threading.Lock()
        self._ringer_of: int | None = None
        self._silent_until = 0.0

    def ring(self, task: str, *args: str | int, queue: str | None = None) -> None:
        self._start_ringer()
        try:
            self._waiting.put_nowait(WakeUp(task, args, queue))
        except Full:
            log.warning("wake_up_dropped", task=task)

    def _start_ringer(self) -> None:
        """A thread does not survive a fork, so each process starts its own at its first ring."""
        if self._ringer_of == os.getpid():
            return
        with self._lock:
            if self._ringer_of != os.getpid():
                self._ringer_of = os.getpid()
                threading.Thread(target=self._ring_for_ever, name="bell", daemon=True).start()

    def _ring_for_ever(self) -> None:
        while True:
            wake_up = self._waiting.get()
            if time.monotonic() >= self._silent_until:
                self._send(wake_up)

    def _send(self, wake_up: WakeUp) -> None:
        options: dict[str, Any] = {"queue": wake_up.queue} if wake_up.queue else {}
        try:
            current_app.send_task(
                f"messaging.{wake_up.task}", args=wake_up.args, expires=WAKE_UP_SECONDS, **options
            )
        except (OperationalError, OSError) as error:
            self._silent_until = time.monotonic() + SILENCE_SECONDS
            log.warning("bell_not_heard", task=wake_up.task, reason=type(error).__name__)
        except Exception:
            # The outermost door of a thread: it must live as long as the process.
            log.exception("bell_failed", task=wake_up.task)
