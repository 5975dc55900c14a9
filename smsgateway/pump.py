"""Sending goes on while the broker is away: the same doors as Celery's, opened by the clock in this process."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import structlog
from django.conf import settings
from django.db import DatabaseError, InterfaceError, close_old_connections

from messaging import tasks
from messaging.models import Heartbeat
from messaging.services import heartbeat
from smsgateway.celery import app
from smsgateway.health import redis_answers

log = structlog.get_logger(__name__)

LOOK_SECONDS = 1.0
CLOCK_SILENT_SECONDS = 20.0  # beat rings every 5 s; after so long nobody hears it
THREADS = 8
SIGN_SECONDS = 10.0


class InlineBell:
    """Runs what is rung in threads of this process; a ring that is still waiting is not rung again."""

    clock = Heartbeat.PUMP

    def __init__(self, executor: ThreadPoolExecutor) -> None:
        self._executor = executor
        self._waiting: set[tuple[str, tuple[str | int, ...]]] = set()
        self._lock = threading.Lock()

    def ring(self, task: str, *args: str | int, queue: str | None = None) -> None:
        with self._lock:
            if (task, args) in self._waiting:
                return
            self._waiting.add((task, args))
        self._executor.submit(self._run, task, args)

    def _run(self, task: str, args: tuple[str | int, ...]) -> None:
        with self._lock:
            self._waiting.discard((task, args))
        close_old_connections()
        try:
            app.tasks[f"messaging.{task}"](*args)
        except Exception:
            log.exception("pump_job_failed", task=task)


class Pump:
    """Watches whether the clock is heard, and is the clock while it is not."""

    def __init__(self) -> None:
        self._executor = ThreadPoolExecutor(THREADS, thread_name_prefix="pump")
        self._bell = InlineBell(self._executor)
        self._next = dict.fromkeys(settings.CELERY_BEAT_SCHEDULE, 0.0)
        self._pumping = False
        self._next_sign = 0.0
        self._began = time.monotonic()

    def run(self, stop: threading.Event) -> None:
        """Look once a second until told to stop; then let what runs finish."""
        app.loader.import_default_modules()
        tasks.use_bell(self._bell)
        while not stop.wait(LOOK_SECONDS):
            self._look()
        self._executor.shutdown(wait=True, cancel_futures=True)

    def _look(self) -> None:
        close_old_connections()
        try:
            self._say_that_we_watch()
            heard = heartbeat.seen_within(Heartbeat.CLOCK, CLOCK_SILENT_SECONDS)
            needed = not (redis_answers() and (heard or self._just_started()))
        except (DatabaseError, InterfaceError):
            log.warning("database_not_answering")
            return
        if needed != self._pumping:
            self._pumping = needed
            log.warning("pump_started" if needed else "pump_stopped")
        if needed:
            self._ring_due()

    def _say_that_we_watch(self) -> None:
        if time.monotonic() >= self._next_sign:
            self._next_sign = time.monotonic() + SIGN_SECONDS
            heartbeat.beat(Heartbeat.WATCH)

    def _just_started(self) -> bool:
        """Beat and workers may be starting beside us: give them the time of one silence."""
        return time.monotonic() < self._began + CLOCK_SILENT_SECONDS

    def _ring_due(self) -> None:
        self._bell.ring("ring_due_lanes")
        now = time.monotonic()
        for name, entry in settings.CELERY_BEAT_SCHEDULE.items():
            if self._next[name] <= now:
                self._next[name] = now + entry["schedule"]
                self._bell.ring(entry["task"].removeprefix("messaging."), *entry.get("args", ()))
