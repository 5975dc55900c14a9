"""An alarm about a moment ends when the moment has not come again for a day."""

import pytest

from messaging import alarming
from messaging.models import Alarm
from messaging.services import alarms

pytestmark = pytest.mark.django_db


def test_a_day_without_it_ends_it():
    alarming.sound("mid_used_twice", "main", detail="d", next_step="n")
    alarms.end_quiet()
    assert Alarm.objects.get().ended_at is None
    Alarm.objects.update(last_seen_at="2020-01-01T00:00:00Z")
    alarms.end_quiet()
    assert Alarm.objects.get().ended_at


def test_what_a_person_must_mend_stays():
    alarming.sound("message_kills_workers", "x", detail="d", next_step="n")
    Alarm.objects.update(last_seen_at="2020-01-01T00:00:00Z")
    alarms.end_quiet()
    assert Alarm.objects.get().ended_at is None


def test_an_alarm_sounded_again_says_the_newest_detail_and_step(db):
    alarming.sound("hold", "main", detail="No credit.", next_step="Top up.")
    assert not alarming.sound("hold", "main", detail="Refused.", next_step="Check the password.")
    again = Alarm.objects.get(name="hold")
    assert (again.detail, again.next_step) == ("Refused.", "Check the password.")
