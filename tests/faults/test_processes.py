"""Workers, web, beat and pump killed, stopped and asked to end, on a whole service."""

import os
import signal
import subprocess
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.faults.service import ENDED, until
from tests.simulator.process import ROOT

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


def in_call(service, message):
    """Wait until the gateway has a message and has not answered yet."""
    until(lambda: service.ledger_of(message))


def slow_gateway(service, seconds=1.2):
    service.simulator.script({"fault": "delay", "seconds": seconds, "action": "send"})


@pytest.mark.fault("D6")
def test_sigterm_lets_the_call_finish(service, measured):
    slow_gateway(service)
    message = service.send()
    in_call(service, message)
    pid = service.signal("worker-otp", signal.SIGTERM)
    assert service.left(message) in {"submitted", "delivered"}
    began = time.monotonic()
    service.wait_back("worker-otp", pid)
    service.left(service.send())
    measured("worker: SIGTERM", time.monotonic() - began, 30)
    assert service.ledger_of(message) == 1


@pytest.mark.fault("D6")
def test_sigquit_in_a_call_is_unknown_at_worst(service):
    slow_gateway(service)
    message = service.send()
    in_call(service, message)
    pid = service.signal("worker-otp", signal.SIGQUIT)
    assert service.left(message) in {"submitted", "delivered", "unknown"}
    assert service.ledger_of(message) == 1
    service.wait_back("worker-otp", pid)


@pytest.mark.fault("D3")
def test_a_worker_killed_in_its_call(service, measured):
    slow_gateway(service)
    message = service.send()
    in_call(service, message)
    began = time.monotonic()
    pid = service.signal("worker-otp")
    service.wait_back("worker-otp", pid)
    service.simulator.script()
    service.left(service.send())
    measured("worker: kill -9 in a call", time.monotonic() - began, 30)
    assert service.left(message) == "unknown"
    assert service.ledger_of(message) == 1


# program → the lane of a message that needs it, and how far that must come
NEEDED_BY = {
    "web": ("otp", ENDED),
    "worker-otp": ("otp", ENDED),
    "worker-bulk": ("notification", ENDED),
    "worker-upkeep": ("otp", {"delivered"}),
    "beat": ("otp", {"delivered"}),
    "pump": ("otp", ENDED),
}


@pytest.mark.parametrize("name", NEEDED_BY)
@pytest.mark.fault("D1")
def test_killed_it_is_back(service, measured, name):
    category, end = NEEDED_BY[name]
    service.post_batch(service.numbers(1000))
    began = time.monotonic()
    pid = service.signal(name)
    message = service.send_stubbornly(category=category)
    until(lambda: service.status(message) in end, 60)
    service.wait_back(name, pid)
    measured(f"{name}: kill -9", time.monotonic() - began, 30)


@pytest.mark.fault("D17")
def test_two_beats_are_harmless(service, second_beat):
    numbers = service.numbers(1000)
    service.post_batch(numbers)
    time.sleep(12)
    service.settle()
    assert sum(service.states(numbers).values()) == 1000


@pytest.fixture
def second_beat(service, tmp_path):
    """Another beat beside the service's own, with its environment."""
    pid = service.pids("beat")[0]
    octets = Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    environment = dict(pair.decode().split("=", 1) for pair in octets if b"=" in pair)
    command = Path(f"/proc/{pid}/cmdline").read_bytes().decode().rstrip("\0").split("\0")
    command[-1] = str(tmp_path / "beat-schedule")
    with (tmp_path / "beat.log").open("wb") as log:
        beat = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log)
        yield beat
        beat.terminate()
        beat.wait(30)


@pytest.mark.fault("D17")
def test_without_a_beat_the_pump_is_the_clock(service, measured):
    """Frozen, so that nobody starts it again; what only the clock finds is found all the same."""
    pid = service.signal("beat", signal.SIGSTOP)
    began = time.monotonic()
    try:
        message = service.send(send_at=_soon(3))
        service.left(message, 60)
        measured("beat: frozen, by the pump", time.monotonic() - began, 30)
    finally:
        os.kill(pid, signal.SIGCONT)


def _soon(seconds):
    return (datetime.now(UTC) + timedelta(seconds=seconds)).isoformat()


@pytest.mark.fault("D19")
def test_a_worker_frozen_past_its_lease_goes_on_and_harms_nobody(service):
    slow_gateway(service)
    numbers = service.numbers(3)
    messages = [service.post_message(number).body["id"] for number in numbers]
    until(lambda: any(service.ledger_of(message) for message in messages))
    pid = service.signal("worker-otp", signal.SIGSTOP)
    try:
        until(lambda: "unknown" in service.states(numbers), 60)
        service.simulator.script()
    finally:
        os.kill(pid, signal.SIGCONT)
    for message in messages:
        assert service.left(message, 60) in {"submitted", "delivered", "unknown"}
        assert service.ledger_of(message) <= 1


@pytest.mark.fault("E1")
def test_the_gateway_killed_and_started_again(service, measured):
    """Not ours to keep running, but ours to find again."""
    service.settle()
    service.restart_simulator(away=3)
    began = time.monotonic()
    service.left(service.send())
    measured("gateway: kill -9, back after 3 s", time.monotonic() - began, 30)
