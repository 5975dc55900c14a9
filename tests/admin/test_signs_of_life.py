"""Which parts of the service are at work."""

import re
from datetime import timedelta

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone

from messaging import tasks
from messaging.models import Heartbeat
from smsgateway.schedule import QUEUES
from tests.admin.test_first_page import first_page


def shown(client: Client) -> dict[str, str]:
    found = re.findall(r'<span class="(alive|silent)"><i></i>(.*?) <span', first_page(client))
    return {part: state for state, part in found}


def test_every_part_is_there_and_silent_until_it_is_heard(desk: Client) -> None:
    parts = shown(desk)
    assert parts == dict.fromkeys(
        ["beat", *(f"workers of {queue.name}" for queue in QUEUES), "pump"], "silent"
    )


def test_what_was_heard_lately_is_alive(desk: Client) -> None:
    Heartbeat.objects.create(name=Heartbeat.CLOCK, at=timezone.now() - timedelta(seconds=60))
    Heartbeat.objects.create(name=Heartbeat.WATCH, at=timezone.now() - timedelta(minutes=10))
    parts = shown(desk)
    assert (parts["beat"], parts["pump"]) == ("alive", "silent")


def test_each_queue_is_asked_for_a_sign(desk: Client) -> None:
    asked = {
        entry["args"][0]: entry["options"]["queue"]
        for entry in settings.CELERY_BEAT_SCHEDULE.values()
        if entry["task"] == "messaging.sign_of_life"
    }
    assert asked == {queue.name: queue.name for queue in QUEUES}
    tasks.sign_of_life("otp")
    assert shown(desk)["workers of otp"] == "alive"
    assert shown(desk)["workers of marketing"] == "silent"


def test_the_pump_is_no_worker(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    class OfThePump:
        clock = Heartbeat.PUMP

        def ring(self, task: str, *args: str | int, queue: str | None = None) -> None:
            raise AssertionError

    monkeypatch.setattr(tasks, "_bell", OfThePump())
    tasks.sign_of_life("otp")
    assert not Heartbeat.objects.exists()
