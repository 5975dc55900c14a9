"""A run that lost or doubled something has no figures."""

import uuid

import pytest

from smsgateway.benchmark.database import Span
from smsgateway.benchmark.proof import prove
from smsgateway.local.errors import LocalError


class Stub:
    """A rig whose database and gateway say what a test wants."""

    def __init__(self, states, mids, accepted, ledger):
        self.database = self.gateway = self
        self._states, self._mids, self._accepted, self._ledger = states, mids, accepted, ledger

    def end(self):
        pass

    def states(self, _since):
        return self._states

    def accepted(self):
        return self._accepted

    def mids(self, *since):
        return self._mids if since else self._ledger

    def span(self, _since):
        return Span(1.0, 0.0)


GOOD = {
    "states": {"submitted": 2},
    "mids": {"1": "A", "2": "B"},
    "accepted": 2,
    "ledger": {"1": "A", "2": "B"},
}


def proved(**otherwise):
    return prove(Stub(**GOOD | otherwise), uuid.UUID(int=0), 2, "submitted")


def test_what_is_whole_has_its_times():
    assert proved().to_submitted == 1.0


@pytest.mark.parametrize(
    "otherwise",
    [
        {"states": {"submitted": 1}},
        {"states": {"submitted": 2, "unknown": 1}},
        {"states": {"queued": 2}},
        {"accepted": 3},
        {"accepted": 1},
        {"mids": {"1": "A", "2": "C"}},
        {"ledger": {"1": "A"}},
    ],
)
def test_what_is_not_whole_is_refused(otherwise):
    with pytest.raises(LocalError):
        proved(**otherwise)
