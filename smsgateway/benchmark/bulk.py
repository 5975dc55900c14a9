"""Ten thousand recipients a request: accepted, submitted, reported."""

from datetime import UTC, datetime, timedelta
from typing import Any

from smsgateway.benchmark.load import Outcome
from smsgateway.benchmark.proof import prove
from smsgateway.benchmark.rig import Rig
from smsgateway.benchmark.sizes import Sizes

RECIPIENTS = 10_000
CONNECTIONS = 4
NEVER = 3600.0  # seconds to a report: none comes during the run

Readings = dict[str, float]


def accept(rig: Rig, sizes: Sizes) -> Readings:
    """Stored and answered, by the caller's clock. They are to go out tomorrow, so nothing is sent meanwhile."""
    since = rig.begin(seconds_to_report=NEVER)
    outcome = _post(rig, sizes.bulk_requests, send_at=tomorrow())
    prove(rig, since, outcome.accepted, "queued", sent=False)
    return {"bulk-accept": outcome.accepted / outcome.seconds, "bulk-accept load": rig.share(outcome)}


def submit(rig: Rig, sizes: Sizes) -> Readings:
    """From the first message stored to the last mid recorded, by the database's clock; accepted and sent at once."""
    before = rig.workers.submissions()
    since = rig.begin(seconds_to_report=NEVER)
    empty = rig.database.disk_bytes()
    outcome = _post(rig, sizes.bulk_requests)
    rig.wait_until(rig.database.nothing_waits, "the last mid", lambda: rig.database.calls(since))
    tasks = rig.workers.submissions() - before
    disk = rig.database.disk_bytes() - empty
    span = prove(rig, since, outcome.accepted, "submitted")
    return {
        "bulk": outcome.accepted / span.to_submitted,
        "bulk load": rig.share(outcome),
        "tasks": tasks / outcome.accepted,
        "disk": disk / outcome.accepted,
    }


def _post(rig: Rig, requests: int, **options: Any) -> Outcome:
    return rig.post(requests=requests, recipients=RECIPIENTS, connections=CONNECTIONS, **options)


def tomorrow() -> str:
    return (datetime.now(UTC) + timedelta(days=1)).isoformat()
