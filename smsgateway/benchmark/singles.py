"""One message a request."""

from functools import partial

from smsgateway.benchmark.bulk import NEVER, Readings, tomorrow, until_submitted
from smsgateway.benchmark.proof import prove
from smsgateway.benchmark.rig import Rig
from smsgateway.benchmark.sizes import Sizes

CONNECTIONS = 50


def _accept(connections: int, rig: Rig, sizes: Sizes) -> Readings:
    """Stored and answered, by the callers' clock. They are to go out tomorrow, so nothing is sent meanwhile."""
    since = rig.begin(seconds_to_report=NEVER)
    requests = sizes.singles_alone if connections == 1 else sizes.singles
    outcome = rig.post(requests=requests, connections=connections, send_at=tomorrow())
    prove(rig, since, outcome.accepted, "queued", sent=False)
    return {f"single-accept-{connections}": outcome.accepted / outcome.seconds, "load": rig.share(outcome)}


accept_by_1, accept_by_10, accept_by_50 = (
    partial(_accept, connections) for connections in (1, 10, CONNECTIONS)
)


def accept_guarded(rig: Rig, sizes: Sizes) -> Readings:
    """As `accept_by_50`, with an Idempotency-Key a request, and every limit and guard of an application in force."""
    with rig.guarded():
        readings = accept_by_50(rig, sizes)
    return {"single-accept-guarded": readings[f"single-accept-{CONNECTIONS}"], "load": readings["load"]}


def submit(rig: Rig, sizes: Sizes) -> Readings:
    """From the first message stored to the last mid recorded, by the database's clock; accepted and sent at once."""
    since = rig.begin(seconds_to_report=NEVER)
    outcome = rig.post(requests=sizes.singles, connections=CONNECTIONS)
    until_submitted(rig, since)
    span = prove(rig, since, outcome.accepted, "submitted")
    return {"single": outcome.accepted / span.to_submitted, "load": rig.share(outcome)}
