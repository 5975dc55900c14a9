"""Whoever rings never waits for Redis."""

import socket
import threading
import time

import pytest

from messaging import bell as bells
from smsgateway.celery import app
from tests.simulator.process import eventually


@pytest.fixture
def frozen_redis(monkeypatch):
    """Accepts connections and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"redis://127.0.0.1:{listener.getsockname()[1]}/0"
        with app.connection_for_write(url) as connection:
            real = app.send_task
            monkeypatch.setattr(
                bells.current_app,
                "send_task",
                lambda *a, **k: real(*a, connection=connection, **k),
                raising=False,
            )
            yield


@pytest.mark.fault("D10")
@pytest.mark.django_db
def test_a_frozen_redis_costs_a_caller_nothing(frozen_redis, api):
    api.send()  # what is loaded once has been loaded
    began = time.monotonic()
    for _time in range(5):
        api.send()
    assert time.monotonic() - began < 1.0


def test_after_a_failure_the_bell_is_silent_for_a_moment(monkeypatch):
    calls = []

    def fail(*arguments, **options):
        calls.append(arguments)
        raise OSError

    monkeypatch.setattr(bells.current_app, "send_task", fail, raising=False)
    bell = bells.CeleryBell()
    for _time in range(5):
        bell.ring("submit", "otp", queue="otp")
    eventually(lambda: calls and bell._waiting.empty())
    assert len(calls) == 1


def test_what_nobody_can_send_in_time_is_dropped(monkeypatch):
    bell = bells.CeleryBell()
    monkeypatch.setattr(bell, "_start_ringer", lambda: None)
    for number in range(bells.MOST_WAITING + 10):
        bell.ring("submit", "otp", number, queue="otp")
    assert bell._waiting.qsize() == bells.MOST_WAITING


@pytest.fixture
def heard(monkeypatch):
    """What was sent; the broker takes the first wake-up only when `free` is set."""
    sent, busy, free = [], threading.Event(), threading.Event()

    def send(name, args, **options):
        sent.append(args)
        busy.set()
        assert free.wait(5)

    monkeypatch.setattr(bells.current_app, "send_task", send, raising=False)
    return sent, busy, free


def test_a_wake_up_that_waits_is_not_sent_twice(heard):
    sent, busy, free = heard
    bell = bells.CeleryBell()
    bell.ring("submit", "otp", 0)
    assert busy.wait(5)
    for _time in range(50):
        bell.ring("submit", "otp", 0)
    bell.ring("submit", "otp", 1)
    free.set()
    eventually(lambda: len(sent) == 3)
    assert sent == [("otp", 0), ("otp", 0), ("otp", 1)]


def test_what_is_rung_while_its_like_is_being_sent_is_sent_again(heard):
    """The work behind the second ring was stored after the first one's hearer may have looked."""
    sent, busy, free = heard
    bell = bells.CeleryBell()
    bell.ring("submit", "otp")
    assert busy.wait(5)
    bell.ring("submit", "otp")
    free.set()
    eventually(lambda: len(sent) == 2)


def test_a_storm_of_rings_is_heard_fifty_times_a_second_at_most(monkeypatch):
    sent = []
    monkeypatch.setattr(bells.current_app, "send_task", lambda *a, **k: sent.append(a), raising=False)
    bell = bells.CeleryBell()
    began = time.monotonic()
    while time.monotonic() - began < 0.2:
        bell.ring("submit", "otp")
    assert 2 <= len(sent) <= 11
