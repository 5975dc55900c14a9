"""Celery's doors: ids in, one service call."""

import time
import uuid

from celery import shared_task
from celery.signals import worker_ready

from accounts import ledger
from messaging import counting, feed, selectors
from messaging.bell import Bell, CeleryBell
from messaging.models import Heartbeat
from messaging.pacing import Pace
from messaging.services import (
    alarms,
    balance,
    expiry,
    forgetting,
    giving_up,
    heartbeat,
    holds,
    masking,
    months,
    payloads,
    pushing,
    recovery,
    refunding,
    reports,
    resending,
    retention,
    second_mids,
)
from messaging.services.submission import submit_next
from messaging.states import Category

MOST_CHAINS = 4  # each wake-up that finds work passes itself on, so a few are enough for any backlog
TURN_SECONDS = 1.0  # so long a wake-up goes on with the next chunk: a task costs as much as half a chunk


_bell: Bell = CeleryBell()
_pace = Pace()


def use_bell(bell: Bell) -> None:
    """Ring another bell from now on, in this process: `pump` does the work itself."""
    global _bell  # noqa: PLW0603  (a process has one bell)
    _bell = bell


def ring(task: str, *args: str | int, queue: str | None = None) -> None:
    """Wake somebody; to be called after the commit. It may go unheard: the clock finds the work again."""
    _bell.ring(task, *args, queue=queue)


def ring_lane(lane: str, chunks: int = 1) -> None:
    """Wake workers of a lane, one for each chunk; the number tells the bell that they are not the same wake-up."""
    for chain in range(min(chunks, MOST_CHAINS)):
        ring("submit", lane, chain, queue=lane)


@shared_task(name="messaging.submit")
def submit(lane: str, chain: int = 0) -> None:
    """Submit chunks for a moment; while there are more, pass the wake-up on, behind what else waits in the queue."""
    ends = time.monotonic() + TURN_SECONDS
    while _pace.wait(lane) and (claimed := submit_next(lane, leaving=_pace.resting() - {lane})):
        _pace.found(claimed.category, singles=claimed.of_singles)
        if time.monotonic() > ends:
            ring("submit", lane, chain, queue=lane)
            return


@shared_task(name="messaging.ring_due_lanes")
def ring_due_lanes() -> None:
    """Wake the lanes in which something is due, and leave a sign that the clock is heard."""
    heartbeat.beat(_bell.clock)
    for lane in selectors.due_lanes():
        if lane in Category.values:
            ring_lane(lane, MOST_CHAINS)


@shared_task(name="messaging.sign_of_life")
def sign_of_life(queue: str) -> None:
    """Say that a worker took this from its queue; the pump, which does workers' work, is none."""
    if _bell.clock == Heartbeat.CLOCK:
        heartbeat.beat(Heartbeat.of_queue(queue))


@shared_task(name="messaging.recover")
def recover() -> None:
    recovery.recover()


@shared_task(name="messaging.expire")
def expire() -> None:
    expiry.expire_due()


@shared_task(name="messaging.give_up")
def give_up() -> None:
    giving_up.give_up_overdue()


@shared_task(name="messaging.resend_unknown")
def resend_unknown() -> None:
    """Resend where the application's policy asks for it, and wake the lanes of what was stored."""
    for lane in resending.resend_by_policy():
        ring_lane(lane, MOST_CHAINS)


@shared_task(name="messaging.forget_requests")
def forget_requests() -> None:
    forgetting.forget_requests()


@shared_task(name="messaging.number_feed")
def number_feed() -> None:
    feed.number()


@shared_task(name="messaging.count_events")
def count_events() -> None:
    """Count a part of what happened; while there is more, go on, behind whatever else waits in the queue."""
    if counting.count_events():
        ring("count_events")


@shared_task(name="messaging.mask_codes")
def mask_codes() -> None:
    """Mask a part of what is over; while there is more, go on, behind whatever else waits in the queue."""
    if masking.mask_codes():
        ring("mask_codes")


@shared_task(name="messaging.refund_never_sent")
def refund_never_sent() -> None:
    """Pay back a part of what was never sent; while there is more, go on, behind whatever else waits in the queue."""
    if refunding.refund_never_sent():
        ring("refund_never_sent")


@shared_task(name="messaging.close_days")
def close_days() -> None:
    ledger.close_days()


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
    """Pull for one turn; while pages are full, pass the wake-up on, behind those of other accounts."""
    if payloads.pull_turn(account_id, payloads.Kind.REPORT).more:
        ring("pull_reports", account_id)


@shared_task(name="messaging.pull_inbound")
def pull_inbound(account_id: int) -> None:
    if payloads.pull_turn(account_id, payloads.Kind.MO).more:
        ring("pull_inbound", account_id)


@shared_task(name="messaging.read_payload")
def read_payload(payload_id: str) -> None:
    payloads.read(uuid.UUID(payload_id))


@shared_task(name="messaging.read_waiting_payloads")
def read_waiting_payloads() -> None:
    payloads.read_waiting()


@worker_ready.connect
def replay_at_start(**_: object) -> None:
    """Pages on this machine's disk go in before anything new is fetched here."""
    payloads.replay_spool()


@shared_task(name="messaging.replay_spool")
def replay_spool() -> None:
    payloads.replay_spool()


@shared_task(name="messaging.sweep_fetches")
def sweep_fetches() -> None:
    payloads.sweep_fetches()


@shared_task(name="messaging.match_shelved_reports")
def match_shelved_reports() -> None:
    reports.match_shelved()


@shared_task(name="messaging.match_old_reports")
def match_old_reports() -> None:
    reports.match_old()


@shared_task(name="messaging.infer_reports")
def infer_reports() -> None:
    reports.infer_recent()


@shared_task(name="messaging.tell_alarms")
def tell_alarms() -> None:
    alarms.watch()


@shared_task(name="messaging.notice_second_mids")
def notice_second_mids() -> None:
    second_mids.notice_second_mids()


@worker_ready.connect
def keep_months_at_start(**_: object) -> None:
    """After a long rest nobody waits for the clock."""
    months.keep_months()


@shared_task(name="messaging.keep_months")
def keep_months() -> None:
    months.keep_months()


@shared_task(name="messaging.forget_old")
def forget_old() -> None:
    """Forget a part of what is old; while there is more, go on, behind whatever else waits in the queue."""
    if retention.forget_old():
        ring("forget_old")


@shared_task(name="messaging.fill_pushes")
def fill_pushes() -> None:
    """Make deliveries of what is new, and wake somebody for each endpoint that has some."""
    for endpoint_id in pushing.fill():
        ring("push", endpoint_id)


@shared_task(name="messaging.push")
def push(endpoint_id: int) -> None:
    """Push for one turn; while there is more, pass the wake-up on, behind those of other endpoints."""
    if pushing.push(endpoint_id):
        ring("push", endpoint_id)


@shared_task(name="messaging.poll_balances")
def poll_balances() -> None:
    for account in selectors.active_accounts():
        ring("read_balance", account.pk)


@shared_task(name="messaging.read_balance")
def read_balance(account_id: int) -> None:
    balance.read_balance(account_id)
