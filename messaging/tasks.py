"""Celery's doors: ids in, one service call. The bell may fail: PostgreSQL holds the work, and the clock finds it."""

import time
import uuid
from typing import Any, Protocol

import structlog
from celery import current_app, shared_task
from kombu.exceptions import OperationalError

from messaging import selectors
from messaging.models import Heartbeat
from messaging.services import balance, expiry, heartbeat, holds, payloads, recovery, reports
from messaging.services.submission import submit_next
from messaging.states import Category

log = structlog.get_logger(__name__)

WAKE_UP_SECONDS = 60  # a wake-up that nobody heard in this time says nothing any more
MOST_CHAINS = 4  # each wake-up that finds work passes itself on, so a few are enough for any backlog
SILENCE_SECONDS = 2.0


class Bell(Protocol):
    """Wakes somebody to run `messaging.<task>`; `clock` names whose sign of life a ring by the clock is."""

    clock: str

    def ring(self, task: str, *args: str | int, queue: str | None = None) -> None: ...


class CeleryBell:
    """Rings through the broker; after a failure it is silent for a moment, so a dead one costs callers little."""

    clock = Heartbeat.CLOCK
    _silent_until = 0.0

    def ring(self, task: str, *args: str | int, queue: str | None = None) -> None:
        if time.monotonic() < self._silent_until:
            return
        options: dict[str, Any] = {"queue": queue} if queue else {}
        try:
            current_app.send_task(f"messaging.{task}", args=args, expires=WAKE_UP_SECONDS, **options)
        except (OperationalError, OSError) as error:
            self._silent_until = time.monotonic() + SILENCE_SECONDS
            log.warning("bell_not_heard", task=task, reason=type(error).__name__)


_bell: Bell = CeleryBell()


def use_bell(bell: Bell) -> None:
    """Ring another bell from now on, in this process: `pump` does the work itself."""
    global _bell  # noqa: PLW0603  (a process has one bell)
    _bell = bell


def ring(task: str, *args: str | int, queue: str | None = None) -> None:
    """Wake somebody; to be called after the commit. It may go unheard: the clock finds the work again."""
    _bell.ring(task, *args, queue=queue)


def ring_lane(lane: str, chunks: int = 1) -> None:
    """Wake workers of a lane."""
    for _chain in range(min(chunks, MOST_CHAINS)):
        ring("submit", lane, queue=lane)


@shared_task(name="messaging.submit")
def submit(lane: str) -> None:
    """Submit one chunk; while there was one, pass the wake-up on, behind whatever else waits in the queue."""
    if submit_next(lane):
        ring_lane(lane)


@shared_task(name="messaging.ring_due_lanes")
def ring_due_lanes() -> None:
    """Wake the lanes in which something is due, and leave a sign that the clock is heard."""
    heartbeat.beat(_bell.clock)
    for lane in selectors.due_lanes():
        if lane in Category.values:
            ring_lane(lane, MOST_CHAINS)


@shared_task(name="messaging.recover")
def recover() -> None:
    recovery.recover()


@shared_task(name="messaging.expire")
def expire() -> None:
    expiry.expire_due()


@shared_task(name="messaging.probe_holds")
def probe_holds() -> None:
    holds.probe_due()


@shared_task(name="messaging.poll_reports")
def poll_reports() -> None:
    for account in selectors.active_accounts():
        ring("pull_reports", account.pk)


@shared_task(name="messaging.poll_inbound")
def poll_inbound() -> None:
    for account in selectors.active_accounts():
        ring("pull_inbound", account.pk)


@shared_task(name="messaging.pull_reports")
def pull_reports(account_id: int) -> None:
    payloads.pull(account_id, payloads.Kind.REPORT)


@shared_task(name="messaging.pull_inbound")
def pull_inbound(account_id: int) -> None:
    payloads.pull(account_id, payloads.Kind.MO)


@shared_task(name="messaging.read_payload")
def read_payload(payload_id: str) -> None:
    payloads.read(uuid.UUID(payload_id))


@shared_task(name="messaging.read_waiting_payloads")
def read_waiting_payloads() -> None:
    payloads.read_waiting()


@shared_task(name="messaging.match_shelved_reports")
def match_shelved_reports() -> None:
    reports.match_shelved()


@shared_task(name="messaging.poll_balances")
def poll_balances() -> None:
    for account in selectors.active_accounts():
        ring("read_balance", account.pk)


@shared_task(name="messaging.read_balance")
def read_balance(account_id: int) -> None:
    balance.read_balance(account_id)
