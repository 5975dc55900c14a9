"""Ten thousand recipients a request: accepted, submitted, reported."""

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

from smsgateway.benchmark.load import Outcome
from smsgateway.benchmark.proof import prove
from smsgateway.benchmark.rig import Rig
from smsgateway.benchmark.sizes import Sizes

RECIPIENTS = 10_000
CALL_RECIPIENTS = 500  # the document's ceiling
CONNECTIONS = 4
NEVER = 3600.0  # seconds to a report: none comes during the run
SOON = 1.0

Readings = dict[str, float]


def accept(rig: Rig, sizes: Sizes) -> Readings:
    """Stored and answered, by the caller's clock. They are to go out tomorrow, so nothing is sent meanwhile."""
    since = rig.begin(seconds_to_report=NEVER)
    outcome = post(rig, sizes.bulk_requests, send_at=tomorrow())
    prove(rig, since, outcome.accepted, "queued", sent=False)
    return {"bulk-accept": outcome.accepted / outcome.seconds, "load": rig.share(outcome)}


def accept_guarded(rig: Rig, sizes: Sizes) -> Readings:
    """The same with an Idempotency-Key a request, and every limit and guard of an application in force."""
    with rig.guarded():
        readings = accept(rig, sizes)
    return {"bulk-accept-guarded": readings["bulk-accept"], "load": readings["load"]}


def submit(rig: Rig, sizes: Sizes) -> Readings:
    """From the first message stored to the last mid recorded, by the database's clock; accepted and sent at once."""
    tasks = rig.workers.submissions()
    since = rig.begin(seconds_to_report=NEVER)
    empty = rig.database.disk_bytes()
    outcome = post(rig, sizes.bulk_requests)
    until_submitted(rig, since)
    tasks = rig.workers.submissions() - tasks
    disk = rig.database.disk_bytes() - empty
    span = prove(rig, since, outcome.accepted, "submitted")
    return {
        "bulk": outcome.accepted / span.to_submitted,
        "load": rig.share(outcome),
        "tasks": tasks / outcome.accepted,
        "disk": disk / outcome.accepted,
    }


def submit_and_report(rig: Rig, sizes: Sizes) -> Readings:
    """The same until the last report is applied; the gateway has one for each message a second after it took it."""
    since = rig.begin(seconds_to_report=SOON)
    empty = rig.database.disk_bytes()
    outcome = post(rig, sizes.bulk_requests)
    until_submitted(rig, since)
    _until_reported(rig, since, outcome.accepted)
    disk = rig.database.disk_bytes() - empty
    span = prove(rig, since, outcome.accepted, "delivered")
    return {
        "bulk-reports": outcome.accepted / span.to_final,
        "load": rig.share(outcome),
        "disk-reported": disk / outcome.accepted,
    }


def through_gateway(rig: Rig, sizes: Sizes) -> Readings:
    """As `submit`, by a client of the vendor's protocol: 500 numbers a call at our own `/sms`, charged to a purse."""
    since = rig.begin(seconds_to_report=NEVER)
    outcome = rig.post(
        requests=sizes.gateway_calls, recipients=CALL_RECIPIENTS, connections=CONNECTIONS, login=rig.login
    )
    until_submitted(rig, since)
    span = prove(rig, since, outcome.accepted, "submitted")
    return {"gateway": outcome.accepted / span.to_submitted, "load": rig.share(outcome)}


def submit_own_texts(rig: Rig, sizes: Sizes) -> Readings:
    """As `submit`, with a text for each: `p2p`."""
    since = rig.begin(seconds_to_report=NEVER)
    outcome = post(rig, sizes.p2p_requests, own_texts=True)
    until_submitted(rig, since)
    span = prove(rig, since, outcome.accepted, "submitted")
    return {"p2p": outcome.accepted / span.to_submitted, "load": rig.share(outcome)}


def ingest(rig: Rig, sizes: Sizes) -> Readings:
    """Reports for messages that have all been submitted, from the first pull to the last that is applied."""
    since = rig.begin(seconds_to_report=0.0)
    rig.gateway.withhold_reports()
    outcome = post(rig, sizes.bulk_requests)
    until_submitted(rig, since)
    rig.gateway.hand_out_reports()
    _until_reported(rig, since, outcome.accepted)
    prove(rig, since, outcome.accepted, "delivered")
    return {"reports": outcome.accepted / rig.database.ingest_seconds(since)}


def post(rig: Rig, requests: int, **options: Any) -> Outcome:
    """Post bulk over a few connections."""
    return rig.post(requests=requests, recipients=RECIPIENTS, connections=CONNECTIONS, **options)


def until_submitted(rig: Rig, since: uuid.UUID) -> None:
    """Wait until nothing is due and no call is under way."""
    rig.wait_until(rig.database.nothing_waits, "the last mid", lambda: rig.database.calls(since))


def _until_reported(rig: Rig, since: uuid.UUID, messages: int) -> None:
    def read() -> int:
        return rig.database.reports_read(since)

    rig.wait_until(lambda: read() >= messages, "the last report", read)


def tomorrow() -> str:
    """A moment that does not come during the run."""
    return (datetime.now(UTC) + timedelta(days=1)).isoformat()
