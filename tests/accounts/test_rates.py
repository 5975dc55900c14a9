"""Rates: exact in Redis, alone while Redis is away, and nobody waits for it."""

import socket
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import redis
from django.conf import settings

from accounts import rates
from accounts.rates import Buckets, OwnBuckets, Rate
from tests.simulator.process import eventually

TEN = Rate(per_second=0.01, burst=10)


@pytest.fixture
def server():
    return redis.Redis.from_url(settings.CELERY_BROKER_URL, protocol=2)


@pytest.fixture
def commands(server):
    """How many commands Redis has done so far."""
    return lambda: server.info("stats")["total_commands_processed"]


@pytest.fixture
def frozen_redis(monkeypatch, settings):
    """Accepts connections and never answers; the number of connections so far."""
    taken = []
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def accept():
            while True:
                try:
                    taken.append(listener.accept())
                except OSError:
                    return

        threading.Thread(target=accept, daemon=True).start()
        settings.CELERY_BROKER_URL = f"redis://127.0.0.1:{listener.getsockname()[1]}/0"
        yield taken


def allowed(buckets, count, rate=TEN):
    return [buckets.take("name", rate).allowed for _ in range(count)]


@pytest.mark.parametrize("kind", [Buckets, OwnBuckets])
def test_a_bucket_allows_its_burst_and_then_its_rate(kind):
    buckets = Buckets()
    if kind is OwnBuckets:
        buckets._may_ask = lambda: False
    assert allowed(buckets, 12) == [True] * 10 + [False] * 2
    fast = Rate(per_second=50, burst=2)
    began, uses = time.monotonic(), 0
    while time.monotonic() - began < 0.5:
        uses += buckets.take("fast", fast).allowed
    most = 2 + 50 * (time.monotonic() - began)
    assert most - 3 <= uses <= most


def test_a_verdict_says_what_is_left_and_when():
    buckets, rate = Buckets(), Rate(per_second=0.1, burst=3)
    first, second, third, refused = (buckets.take("name", rate) for _ in range(4))
    assert [v.remaining for v in (first, second, third, refused)] == [2, 1, 0, 0]
    assert {v.limit for v in (first, refused)} == {3}
    assert first.retry_after == 0
    assert 9 < refused.retry_after <= 10
    assert 29 < refused.full_after <= 30
    assert refused.allowed is False


@pytest.fixture
def switching_often():
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


@pytest.mark.fault("C1")
@pytest.mark.parametrize("alone", [False, True], ids=["redis", "alone"])
def test_fifty_threads_get_exactly_the_burst(alone, switching_often):
    buckets, rate = Buckets(), Rate(per_second=0.001, burst=137)
    if alone:
        buckets._may_ask = lambda: False
    with ThreadPoolExecutor(50) as threads:
        verdicts = list(threads.map(lambda _: buckets.take("name", rate), range(500)))
    assert sum(verdict.allowed for verdict in verdicts) == 137
    assert sorted(v.remaining for v in verdicts if v.allowed) == list(range(137))


def test_no_drift_over_many_uses():
    """Ten thousand uses are worth exactly ten thousand intervals."""
    buckets, rate = Buckets(), Rate(per_second=3, burst=10_000)
    began = time.monotonic()
    for _ in range(3000):
        full = buckets.take("name", rate).full_after
    assert full == pytest.approx(1000 - (time.monotonic() - began), abs=0.05)


def test_one_round_trip(commands):
    buckets = Buckets()
    allowed(buckets, 2)
    before = commands()
    allowed(buckets, 5)
    # EVALSHA, and what the script itself does: TIME, GET, SET; and INFO.
    assert commands() - before == 5 * 4 + 1


def test_a_frozen_redis_costs_one_caller_a_moment(frozen_redis, monkeypatch):
    monkeypatch.setattr(rates, "SILENCE_SECONDS", 0.5)
    buckets = Buckets()
    began = time.monotonic()
    assert allowed(buckets, 12) == [True] * 10 + [False] * 2
    assert 0.15 < time.monotonic() - began < 0.45
    assert len(frozen_redis) == 1
    time.sleep(0.5)
    with ThreadPoolExecutor(20) as threads:
        took = list(threads.map(lambda _: seconds_of(buckets), range(20)))
    assert sum(took_long > 0.1 for took_long in took) == 1
    assert len(frozen_redis) == 2


def seconds_of(buckets):
    began = time.monotonic()
    buckets.take("other", TEN)
    return time.monotonic() - began


def test_redis_counts_again_when_it_is_back(monkeypatch, commands):
    monkeypatch.setattr(rates, "SILENCE_SECONDS", 0.05)
    buckets, other = Buckets(), Buckets()
    real = other._take

    def away(**_given):
        raise redis.ConnectionError

    buckets.__dict__["_take"] = away
    assert allowed(buckets, 10) == [True] * 10
    buckets.__dict__["_take"] = real
    eventually(lambda: buckets.take("again", TEN) and not buckets._is_silent)
    allowed(other, 9)
    assert allowed(buckets, 2) == [True, False]


@pytest.mark.parametrize("error", [redis.AuthenticationError, redis.ResponseError("OOM"), OSError])
def test_whatever_redis_says_a_caller_gets_a_verdict(error):
    buckets = Buckets()

    def fails(**_given):
        raise error

    buckets.__dict__["_take"] = fails
    assert allowed(buckets, 11) == [True] * 10 + [False]


def test_own_buckets_do_not_grow_for_ever(monkeypatch):
    monkeypatch.setattr(rates, "MOST_KEPT", 10)
    own = OwnBuckets()
    for number in range(100):
        own.take(str(number), Rate(per_second=100_000, burst=1))
        time.sleep(0.0001)
    assert len(own._full_at) <= 10


def test_redis_forgets_a_full_bucket(server):
    Buckets().take("name", Rate(per_second=1, burst=3))
    assert 0 < server.pttl(f"{rates.PREFIX}name") <= 1000
