"""A figure counts only when nothing is missing and nothing was sent twice: the simulator's ledger is the truth."""

import uuid

from smsgateway.benchmark.database import Span
from smsgateway.benchmark.rig import Rig
from smsgateway.local.errors import LocalError


def prove(rig: Rig, since: uuid.UUID, messages: int, state: str, *, sent: bool = True) -> Span:
    """Return the times of a run; raises LocalError unless all its messages are in `state`, with the ledger's mids."""
    rig.end()
    states = rig.database.states(since)
    if states != {state: messages}:
        raise LocalError(f"{messages} messages should be {state}, but there are {states or 'none'}.")
    expected = messages if sent else 0
    if (taken := rig.gateway.accepted()) != expected:
        raise LocalError(f"The simulator took {taken} messages instead of {expected}.")
    if sent and rig.database.mids(since) != rig.gateway.mids():
        raise LocalError("The recorded mids are not those that the simulator gave.")
    return rig.database.span(since)
