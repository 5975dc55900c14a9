"""One wake-up serves many chunks, and is passed on while there are more."""

import pytest

from accounts.services import change_upstream_account
from messaging import tasks
from messaging.models import Message
from smsgateway.celery import app

pytestmark = pytest.mark.django_db


class Rung:
    """A bell that only remembers."""

    clock = "clock"

    def __init__(self):
        self.wake_ups = []

    def ring(self, task, *args, queue=None):
        self.wake_ups.append((task, *args, queue))


@pytest.fixture
def rung(monkeypatch):
    bell = Rung()
    monkeypatch.setattr(tasks, "_bell", bell)
    return bell.wake_ups


@pytest.fixture
def five_chunks(api, upstream, simulator, rung):
    change_upstream_account(upstream, {"max_numbers": 2})
    api.post("batches", {"to": [f"138{n:08d}" for n in range(10)], "content": "hi"})
    rung.clear()


def waiting():
    return Message.objects.filter(state="queued").count()


def test_one_task_submits_what_there_is(five_chunks, rung):
    app.tasks["messaging.submit"]("notification")
    assert waiting() == 0
    assert rung == []


def test_after_its_turn_it_passes_itself_on(five_chunks, rung, monkeypatch):
    monkeypatch.setattr(tasks, "TURN_SECONDS", 0)
    app.tasks["messaging.submit"]("notification", 3)
    assert waiting() == 8
    assert rung == [("submit", "notification", 3, "notification")]


def test_a_batch_wakes_several_workers_and_a_single_one(api, upstream, rung):
    api.post("batches", {"to": ["13800000001"], "content": "hi"})
    assert rung == [("submit", "notification", chain, "notification") for chain in range(tasks.MOST_CHAINS)]
    rung.clear()
    api.send(category="otp")
    assert rung == [("submit", "otp", 0, "otp")]
