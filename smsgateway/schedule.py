"""Queues, who consumes them, and what runs by the clock: data, in one place."""

from dataclasses import dataclass
from typing import Any

from kombu import Queue


@dataclass(frozen=True)
class Worker:
    """One worker program: `celery -A smsgateway worker -n NAME@%h --queues … --pool threads --concurrency …`."""

    name: str
    queues: tuple[str, ...]
    concurrency: int
    pool: str = "threads"


# A lane waits for the upstream most of its time, so its workers are threads. `otp` shares with nobody, and `push` waits
# for endpoints of others' making, which may hang.
WORKERS = (
    Worker("otp", ("otp",), 4),
    Worker("bulk", ("notification", "marketing"), 8),
    Worker("upkeep", ("reports", "upkeep"), 4),
    Worker("push", ("push",), 8),
)

QUEUES = tuple(Queue(name, durable=False) for worker in WORKERS for name in worker.queues)

ROUTES = {
    "messaging.pull_reports": {"queue": "reports"},
    "messaging.pull_inbound": {"queue": "reports"},
    "messaging.read_payload": {"queue": "reports"},
    "messaging.replay_spool": {"queue": "reports"},
    "messaging.push": {"queue": "push"},
    "messaging.*": {"queue": "upkeep"},  # `messaging.submit` names its lane when it is rung
}


def _every(task: str, seconds: float) -> dict[str, Any]:
    """A wake-up that is older than its interval says nothing new: it expires."""
    return {"task": task, "schedule": seconds, "options": {"expires": max(seconds, 1.0)}}


def _signs_of_life() -> dict[str, dict[str, Any]]:
    """Each queue is asked whether somebody serves it."""
    task = _every("messaging.sign_of_life", 20.0)
    return {
        f"sign of {queue.name}": task
        | {"args": (queue.name,), "options": {**task["options"], "queue": queue.name}}
        for queue in QUEUES
    }


def beat_table(*, reports: float, inbound: float, balances: float) -> dict[str, dict[str, Any]]:
    """Return Celery's beat schedule; the poll intervals, in seconds, are settings."""
    return {
        "ring due lanes": _every("messaging.ring_due_lanes", 5.0),
        **_signs_of_life(),
        "recover attempts": _every("messaging.recover", 3.0),
        "expire messages": _every("messaging.expire", 5.0),
        "give up": _every("messaging.give_up", 60.0),
        "resend unknown": _every("messaging.resend_unknown", 30.0),
        "forget requests": _every("messaging.forget_requests", 600.0),
        "number feed": _every("messaging.number_feed", 2.0),
        "count events": _every("messaging.count_events", 5.0),
        "mask codes": _every("messaging.mask_codes", 60.0),
        "refund never sent": _every("messaging.refund_never_sent", 5.0),
        "close days": _every("messaging.close_days", 600.0),
        "probe holds": _every("messaging.probe_holds", 5.0),
        "poll reports": _every("messaging.poll_reports", reports),
        "poll inbound": _every("messaging.poll_inbound", inbound),
        "read waiting payloads": _every("messaging.read_waiting_payloads", 10.0),
        "notice second mids": _every("messaging.notice_second_mids", 60.0),
        "replay spool": _every("messaging.replay_spool", 10.0),
        "sweep fetches": _every("messaging.sweep_fetches", 30.0),
        "match shelved reports": _every("messaging.match_shelved_reports", 60.0),
        "match old reports": _every("messaging.match_old_reports", 3600.0),
        "infer reports": _every("messaging.infer_reports", 30.0),
        "fill pushes": _every("messaging.fill_pushes", 5.0),
        "tell alarms": _every("messaging.tell_alarms", 30.0),
        "keep months": _every("messaging.keep_months", 3600.0),
        "forget old": _every("messaging.forget_old", 3600.0),
        "read balances": _every("messaging.poll_balances", balances),
    }
