"""An alarm is told once, again every hour, and called off; what nobody took is tried again."""

import pytest
from django.db import connection

from messaging import alarming
from messaging.leases import lease
from messaging.models import Alarm
from messaging.services import alarms
from messaging.services.alarms import watchers

pytestmark = pytest.mark.django_db


def test_an_alarm_is_told_once(webhook, alarm):
    assert alarms.tell_due() == 1
    assert alarms.tell_due() == 0
    assert webhook.states() == ["in_force"]


def test_one_that_stays_is_told_again_every_hour(webhook, alarm, an_hour_passes):
    alarms.tell_due()
    an_hour_passes()
    assert alarms.tell_due() == 1
    assert alarms.tell_due() == 0
    assert webhook.states() == ["in_force", "repeated"]


def test_one_that_ends_is_called_off_once(webhook, alarm, an_hour_passes):
    alarms.tell_due()
    alarming.silence("no_reports", "main")
    assert alarms.tell_due() == 1
    an_hour_passes()
    assert alarms.tell_due() == 0
    assert webhook.states() == ["in_force", "ended"]


def test_the_end_of_what_nobody_heard_of_is_not_told(webhook, alarm):
    alarming.silence("no_reports", "main")
    assert alarms.tell_due() == 0
    assert webhook.raw == []


def test_one_that_comes_back_is_told_as_new(webhook, alarm):
    alarms.tell_due()
    alarming.silence("no_reports", "main")
    alarming.sound("no_reports", "main", detail="Again.", next_step="Ask the vendor.")
    assert alarms.tell_due() == 2
    assert sorted(webhook.states()) == ["ended", "in_force", "in_force"]


def test_what_could_not_be_delivered_is_tried_at_the_next_run(webhook, alarm):
    webhook.status = 500
    assert alarms.tell_due() == 0
    assert Alarm.objects.get().told_at is None
    webhook.status = 200
    assert alarms.tell_due() == 1
    assert webhook.states() == ["in_force", "in_force"]


def test_an_end_that_could_not_be_delivered_is_tried_at_the_next_run(webhook, alarm):
    alarms.tell_due()
    alarming.silence("no_reports", "main")
    webhook.status = 503
    assert alarms.tell_due() == 0
    webhook.status = 204
    assert alarms.tell_due() == 1
    assert webhook.states() == ["in_force", "ended", "ended"]


def test_two_tellers_tell_once(webhook, alarm):
    with lease("alarms", seconds=60) as ours:
        assert ours
        assert alarms.tell_due() == 0
    assert alarms.tell_due() == 1


def test_a_run_tells_a_few_and_the_next_one_the_others(webhook):
    for number in range(alarms.MOST_TOLD + 3):
        alarming.sound("hold", f"account {number}", detail="Held.", next_step="Look.")
    assert alarms.tell_due() == alarms.MOST_TOLD
    assert alarms.tell_due() == 3
    assert len({post["subject"] for post in webhook.posts}) == alarms.MOST_TOLD + 3


def test_without_anybody_to_tell_the_alarm_waits(listener, alarm, settings):
    assert alarms.tell_due() == 0
    settings.ALERT_WEBHOOK_URL = listener.url
    assert alarms.tell_due() == 1


@pytest.mark.django_db(transaction=True)
def test_no_transaction_is_open_during_the_post(webhook, alarm, monkeypatch):
    open_then = []
    monkeypatch.setattr(alarms, "deliver", lambda news: not open_then.append(connection.in_atomic_block))
    assert alarms.tell_due() == 1
    assert open_then == [False]


def test_a_look_that_fails_does_not_keep_what_is_known_from_being_told(webhook, alarm, monkeypatch):
    def broken():
        raise ValueError("a bug")

    monkeypatch.setitem(watchers.WATCHERS, "hold", broken)
    with pytest.raises(ValueError, match="a bug"):
        alarms.watch()
    assert webhook.states() == ["in_force"]
