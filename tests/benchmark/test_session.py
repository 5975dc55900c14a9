"""C stands beside each run of a rate: before it and after it."""

from contextlib import nullcontext

import pytest

from smsgateway.benchmark import session
from smsgateway.benchmark.cases import Case
from smsgateway.benchmark.session import Session
from smsgateway.benchmark.sizes import QUICK


class Rig:
    """Notes what is done, in order."""

    def __init__(self):
        self.done = []
        self.cpu_used = {"web": 0.5}

    def step(self, what):
        self.done.append(what)
        return nullcontext()

    def warm_up(self):
        pass

    def memory(self):
        return {"web": "much"}

    def count_statements(self):
        return {"sql-single": 1.0}


class Yardstick:
    def __init__(self, *rates):
        self._rates = iter(rates)

    def measure(self):
        return next(self._rates)


@pytest.fixture
def rig():
    return Rig()


@pytest.fixture
def cases(monkeypatch):
    """Two rates and a latency."""
    made = (
        Case("bulk", lambda rig, sizes: {"bulk": 60.0, "load": 0.1}),
        Case("single", lambda rig, sizes: {"single": 6.0}),
        Case("otp-idle", lambda rig, sizes: {"otp-idle-p50": 0.5}, rate=False),
    )
    monkeypatch.setattr(session, "CASES", made)


def run(rig, yardstick, *names, runs=1, **options):
    return Session(rig, yardstick, QUICK, runs, names).run(**options)


def test_each_run_has_the_c_around_it(rig, cases):
    results = run(rig, Yardstick(100.0, 200.0, 400.0), "bulk", runs=2)
    assert [reading.c for reading in results.readings["bulk"]] == [150.0, 300.0]
    assert [reading.load for reading in results.readings["bulk"]] == [0.1, 0.1]
    assert results.yardsticks == [100.0, 200.0, 400.0]


def test_c_after_one_case_is_c_before_the_next(rig, cases):
    results = run(rig, Yardstick(100.0, 200.0, 400.0), "c", "bulk", "single")
    assert (results.readings["bulk"][0].c, results.readings["single"][0].c) == (150.0, 300.0)


def test_a_latency_needs_no_c(rig, cases):
    results = run(rig, Yardstick(), "otp-idle")
    assert results.readings["otp-idle-p50"][0].c is None
    assert results.yardsticks == []


def test_beside_filled_tables_only_rates_are_taken(rig, cases):
    results = run(rig, Yardstick(100.0, 100.0), "bulk", "otp-idle", only_rates=True)
    assert set(results.readings) == {"bulk"}


def test_only_what_was_chosen_is_done(rig, cases):
    results = run(rig, Yardstick(1.0, 1.0), "single", "memory")
    assert set(results.readings) == {"single"}
    assert results.memory == {"web": "much"}
    assert run(rig, Yardstick(1.0, 1.0), "single").memory == {}


def test_processor_time_is_summed_over_the_runs(rig, cases):
    assert run(rig, Yardstick(*[1.0] * 4), "bulk", runs=3).cpu == {"bulk": {"web": 1.5}}


@pytest.mark.parametrize(("names", "expected"), [(("statements",), {"sql-single"}), (("bulk",), set())])
def test_statements_are_counted_when_they_are_asked_for(rig, cases, names, expected):
    counting = Session(rig, Yardstick(), QUICK, 1, names)
    counting.count_statements()
    assert set(counting.results.readings) == expected
