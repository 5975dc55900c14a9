"""A hold in force is an alarm that says what ends it."""

import pytest

from messaging import holding
from messaging.models import Alarm, Hold
from messaging.services.alarms.watchers import ENDS_A_HOLD

pytestmark = pytest.mark.django_db


def place(upstream, cause=Hold.Cause.NO_CREDIT, **more):
    holding.place(
        upstream.pk, holding.Reason(cause, code_table="RESULT", code="15"), probe_after=None, **more
    )
    return Hold.objects.latest("pk")


def test_a_hold_sounds_and_its_end_silences(upstream, sounding):
    held = place(upstream)
    assert sounding("hold") == ["simulator"]
    holding.end(held, by="a person")
    assert sounding("hold") == []


def test_it_says_why_and_what_to_do(upstream, sounding):
    place(upstream)
    sounding("hold")
    alarm = Alarm.objects.get()
    assert alarm.detail == "Messages wait: balance too low (RESULT 15)."
    assert alarm.next_step == ENDS_A_HOLD[Hold.Cause.NO_CREDIT]


def test_every_cause_has_a_next_step():
    assert set(ENDS_A_HOLD) == set(Hold.Cause)


def test_each_thing_held_on_an_account_is_an_alarm_of_its_own(upstream, sounding):
    place(upstream, scope=Hold.Scope.EXTNO, value="10690")
    held = place(upstream, Hold.Cause.BAD_SIGNATURE, scope=Hold.Scope.SIGNATURE, value="【Acme】")
    assert sounding("hold") == ["simulator: 10690", "simulator: 【Acme】"]
    holding.end(held, by="a person")
    assert sounding("hold") == ["simulator: 10690"]


def test_without_an_account_the_scope_is_named(shop, sounding):
    Hold.objects.create(scope="everything", cause="restored")
    Hold.objects.create(scope="application", application=shop, cause="person")
    assert sounding("hold") == ["application: shop", "everything"]


def test_what_a_person_wrote_is_not_repeated(upstream, sounding):
    Hold.objects.create(
        scope="account", upstream_account=upstream, cause="person", detail="ask Wang, 13800000001"
    )
    sounding("hold")
    assert Alarm.objects.get().detail == "Messages wait: held by a person."


def test_a_very_long_name_is_one_alarm_and_stays(upstream, sounding):
    place(upstream, scope=Hold.Scope.EXTNO, value="9" * 40)
    type(upstream).objects.update(name="n" * 80)
    sounding("hold")
    (subject,) = sounding("hold")
    assert len(subject) == 120
    assert Alarm.objects.count() == 1
