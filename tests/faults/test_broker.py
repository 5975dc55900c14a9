"""Redis is only a bell: wiped, killed, refused, frozen, full, or ringing ten times."""

import os
import signal
import time

import pytest
import redis

from tests.faults.service import until

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]
AWAY_SECONDS = 30  # the list says ten minutes; nothing new happens after the first twenty seconds


def sent_after(service, began, seconds=60.0):
    """Post one message; how long after `began` it had left the house."""
    message = service.send_stubbornly()
    service.left(message, seconds)
    return time.monotonic() - began


def usual_latency(service):
    return sorted(service.post_message(service.numbers(1)[0]).seconds for _ in range(10))[-2]


@pytest.mark.fault("D8")
def test_wiped_while_work_waits(service, measured):
    for _time in range(5):
        service.post_batch(service.numbers(200))
        service.redis().flushall()
    began = time.monotonic()
    measured("Redis: FLUSHALL", sent_after(service, began), 5)


@pytest.mark.fault("D8")
def test_killed_without_anything_kept(service, measured):
    service.post_batch(service.numbers(200))
    began = time.monotonic()
    service.signal("valkey")
    message = service.send()
    service.left(message)
    measured("Redis: kill -9, by the pump", time.monotonic() - began, 30)


@pytest.mark.fault("D9")
def test_away_while_posts_arrive(service, measured):
    usual = usual_latency(service)
    service.broker.refuse()
    began, slowest, last = time.monotonic(), 0.0, ""
    while time.monotonic() < began + AWAY_SECONDS:
        answer = service.post_message(service.numbers(1)[0])
        assert answer.status == 202
        slowest, last = max(slowest, answer.seconds), answer.body["id"]
        time.sleep(0.1)
    measured("POST while Redis is away, beyond the usual latency", max(0.0, slowest - usual), 1)
    waited = time.monotonic()
    service.left(last)
    measured("a message posted while Redis is away has left", time.monotonic() - waited, 5)
    service.broker.behave()
    measured("Redis: back after 30 s", sent_after(service, time.monotonic()), 5)


@pytest.mark.fault("D9")
@pytest.mark.parametrize("seconds", [4, 12])
def test_away_for_a_moment(service, measured, seconds):
    """Too short for the pump to have taken over for good: workers find back, or the pump goes on."""
    service.broker.refuse()
    time.sleep(seconds)
    service.broker.behave()
    measured(f"Redis: back after {seconds} s", sent_after(service, time.monotonic()), 5)


@pytest.mark.fault("D10")
def test_half_open(service, measured):
    usual = usual_latency(service)
    service.broker.freeze()
    began, slowest, last = time.monotonic(), 0.0, ""
    while time.monotonic() < began + 20:
        answer = service.post_message(service.numbers(1)[0])
        assert answer.status == 202
        slowest, last = max(slowest, answer.seconds), answer.body["id"]
        time.sleep(0.1)
    measured("POST while Redis is frozen, beyond the usual latency", max(0.0, slowest - usual), 5)
    waited = time.monotonic()
    service.left(last)
    measured("a message posted while Redis is frozen has left", time.monotonic() - waited, 30)
    service.broker.thaw()
    measured("Redis: thawed after 20 s", sent_after(service, time.monotonic()), 60)


@pytest.mark.fault("D11")
def test_full(service, measured):
    with service.redis() as client:
        client.config_set("maxmemory", 1)
        try:
            until(lambda: _is_full(client))
            began = time.monotonic()
            answer = service.post_message(service.numbers(1)[0])
            assert answer.status == 202
            service.left(answer.body["id"])
            measured("Redis full: a message has left", time.monotonic() - began, 30)
        finally:
            client.config_set("maxmemory", 0)


def _is_full(client):
    try:
        client.set("x", "y")
    except redis.OutOfMemoryError:
        return True
    return False


@pytest.mark.fault("D11")
def test_wrong_password(service, measured):
    with service.redis() as client:
        right = client.config_get("requirepass")["requirepass"]
        client.config_set("requirepass", "another")
        try:
            service.broker.hang_up()
            began = time.monotonic()
            answer = service.post_message(service.numbers(1)[0])
            assert answer.status == 202
            service.left(answer.body["id"])
            measured("Redis: wrong password, a message has left", time.monotonic() - began, 30)
        finally:
            client.config_set("requirepass", right)


@pytest.mark.fault("D12")
def test_every_wake_up_ten_times(service):
    numbers = service.numbers(500)
    with service.redis() as client:
        bell = until(lambda: _one_wake_up(service, client))
        for _time in range(10):
            service.post_batch(numbers[_time * 50 : _time * 50 + 50])
            for _again in range(10):
                client.lpush("notification", bell)
    service.settle()
    assert sum(service.states(numbers).values()) == 500


def _one_wake_up(service, client):
    """Catch a real wake-up: nobody listens to the lane for a moment."""
    pid = service.pids("worker-bulk")[0]
    os.kill(pid, signal.SIGSTOP)
    try:
        for _time in range(3):  # the frozen worker's last request takes one
            service.post_batch(service.numbers(1))
        return until(lambda: client.lindex("notification", 0), 5)
    finally:
        os.kill(pid, signal.SIGCONT)
