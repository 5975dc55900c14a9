"""Machines see alarms in force as a metric; the clock runs the task."""

import pytest

from messaging import alarming, tasks
from messaging.models import Hold

pytestmark = pytest.mark.django_db


def test_alarms_in_force_are_a_metric(client, alarm):
    alarming.sound("no_reports", "second", detail="Nothing came.", next_step="Ask the vendor.")
    alarming.sound("hold", "main", detail="Held.", next_step="Release it.")
    alarming.silence("hold", "main")
    lines = client.get("/metrics").content.decode().splitlines()
    assert 'alarms_in_force{name="no_reports"} 2.0' in lines
    assert not any('name="hold"' in line for line in lines)


def test_the_task_looks_and_tells(webhook):
    Hold.objects.create(scope="everything", cause="restored")
    tasks.tell_alarms()
    assert [(post["alarm"], post["subject"]) for post in webhook.posts] == [("hold", "everything")]
