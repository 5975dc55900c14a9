"""How long a one-time password takes from accept to the gateway's answer, alone and behind a backlog."""

import uuid

from smsgateway.benchmark.bulk import NEVER, RECIPIENTS, Readings, post, tomorrow, until_submitted
from smsgateway.benchmark.proof import prove
from smsgateway.benchmark.rig import Rig
from smsgateway.benchmark.sizes import Sizes

LANE = "marketing"
CHAINS = 4  # as many wake-ups as a bulk accept sends
PER_SECOND = 50.0  # well below what singles can do, or a queue of their own making would be measured
CONNECTIONS = 10
FEWEST = 20

LATENCY = """
SELECT count(*), percentile_disc(0.5) WITHIN GROUP (ORDER BY submitted_at - created_at),
       percentile_disc(0.99) WITHIN GROUP (ORDER BY submitted_at - created_at)
FROM messaging_message
WHERE id >= %(since)s AND category = 'otp' AND created_at BETWEEN %(first)s AND %(last)s
"""
# When the backlog was worked on: OTPs accepted before or afterwards stood behind nothing.
WORKED_ON = """
SELECT (SELECT min(called_at) FROM messaging_attempt WHERE id >= %(since)s AND category = 'marketing'),
       (SELECT max(submitted_at) FROM messaging_message WHERE id >= %(since)s AND category = 'marketing')
"""
LET_GO = "UPDATE messaging_chunk SET due_at = statement_timestamp() WHERE id >= %s AND category = 'marketing'"


def idle(rig: Rig, sizes: Sizes) -> Readings:
    """With nothing else to do."""
    since = rig.begin(seconds_to_report=NEVER)
    rig.post(**_passwords(sizes))
    until_submitted(rig, since)
    prove(rig, since, sizes.otp_messages, "submitted")
    return _latencies(rig, "otp-idle", since, "-infinity", "infinity")


def behind_backlog(rig: Rig, sizes: Sizes) -> Readings:
    """While workers work off marketing messages that all became due at one moment."""
    since = rig.begin(seconds_to_report=NEVER)
    post(rig, sizes.backlog_requests, category=LANE, send_at=tomorrow())
    with rig.posting(**_passwords(sizes)):
        rig.database.connection.execute(LET_GO, [since])
        rig.workers.wake(LANE, CHAINS)
    until_submitted(rig, since)
    prove(rig, since, sizes.backlog_requests * RECIPIENTS + sizes.otp_messages, "submitted")
    first, last = rig.database.row(WORKED_ON, since=since)
    return _latencies(rig, "otp-backlog", since, first, last)


def _passwords(sizes: Sizes) -> dict[str, object]:
    return {
        "requests": sizes.otp_messages,
        "connections": CONNECTIONS,
        "category": "otp",
        "per_second": PER_SECOND,
    }


def _latencies(rig: Rig, name: str, since: uuid.UUID, first: object, last: object) -> Readings:
    count, median, worst = rig.database.row(LATENCY, since=since, first=first, last=last)
    if count < FEWEST:
        rig.terminal.line(f"{name}: the backlog was gone after {count} OTPs, too few to speak of a latency")
        return {}
    return {f"{name}-p50": median.total_seconds(), f"{name}-p99": worst.total_seconds()}
