"""The bell: wake-ups through the broker, rung by a thread of their own.

Whoever rings never waits for Redis, be it down, full or frozen. A wake-up that is not heard costs time, never a
message: PostgreSQL holds the work, the clock finds it, and `pump` does it while nobody is heard.
"""

import os
import threading
import time
from queue import Empty, Full, Queue
from typing import Any, NamedTuple, Protocol

import structlog
from celery import current_app
from kombu.exceptions import OperationalError

log = structlog.get_logger(__name__)

WAKE_UP_SECONDS = 60  # a wake-up that nobody heard in this time says nothing any more
SILENCE_SECONDS = 2.0  # after a failure: a dead broker is not asked for every message
BREATH_SECONDS = 0.02  # what is rung again in that time is sent once
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
    """Hands wake-ups to one daemon thread a process, which sends them; more than a thousand waiting are dropped.

    One that is waiting already is not sent twice: whoever hears it finds the work of both.
    """

    clock = "clock"

    def __init__(self) -> None:
        self._waiting: Queue[WakeUp] = Queue(MOST_WAITING)
        self._unsent: set[WakeUp] = set()
        self._lock = threading.Lock()
        self._ringer_of: int | None = None
        self._silent_until = 0.0

    def ring(self, task: str, *args: str | int, queue: str | None = None) -> None:
        self._start_ringer()
        wake_up = WakeUp(task, args, queue)
        with self._lock:
            if wake_up in self._unsent:
                return
            try:
                self._waiting.put_nowait(wake_up)
            except Full:
                log.warning("wake_up_dropped", task=task)
            else:
                self._unsent.add(wake_up)

    def _start_ringer(self) -> None:
        """A thread does not survive a fork, so each process starts its own at its first ring."""
        if self._ringer_of == os.getpid():
            return
        with self._lock:
            if self._ringer_of != os.getpid():
                self._ringer_of = os.getpid()
                self._unsent.clear()  # what the parent had to send, it sends itself
                self._waiting = Queue(MOST_WAITING)
                threading.Thread(target=self._ring_for_ever, name="bell", daemon=True).start()

    def _ring_for_ever(self) -> None:
        while True:
            wake_up: WakeUp | None = self._waiting.get()
            while wake_up:
                with self._lock:
                    self._unsent.discard(wake_up)  # before it is sent: work stored from now on rings again
                if time.monotonic() >= self._silent_until:
                    self._send(wake_up)
                wake_up = self._next()
            time.sleep(BREATH_SECONDS)

    def _next(self) -> WakeUp | None:
        try:
            return self._waiting.get_nowait()
        except Empty:
            return None

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
