"""Reports without a message wait on the shelf: looked at often, then seldom, then no more."""

from datetime import timedelta

import pytest
from django.db.models import F

from messaging.matching import match_shelf
from messaging.models import Alarm, DeliveryReport, Message
from messaging.services import reports
from tests.incoming.items import grow_older, of, push, report

pytestmark = pytest.mark.django_db

HOUR = 3600


@pytest.fixture
def early(submitted, upstream, client):
    """A report whose mid is recorded only after it came, by somebody who did not look at the shelf."""
    push(upstream, client, report("LATE1", submitted.mobile))
    assert of(submitted)[0] == "submitted"
    Message.objects.update(mid="LATE1")
    return submitted


@pytest.mark.fault("G7")
def test_a_recorded_answer_takes_its_reports_off_the_shelf(api, upstream, simulator, submit_all, client):
    simulator.script({"fault": "rows_with", "fields": {"mid": "EARLY1"}, "action": "send"})
    message_id = api.send("19900040010")
    push(upstream, client, report("EARLY1", "19900040010"))
    submit_all()
    assert api.message(message_id)["status"] == "delivered"


@pytest.mark.fault("G7")
@pytest.mark.parametrize(
    ("age", "by_minute", "by_hour"),
    [(5, 1, 0), (599, 1, 0), (601, 0, 1), (71 * HOUR, 0, 1), (72 * HOUR + 60, 0, 0)],
)
def test_it_is_looked_at_each_minute_then_each_hour_then_no_more(early, age, by_minute, by_hour):
    grow_older(age)
    assert reports.match_shelved() == by_minute
    assert reports.match_old() == by_hour
    assert DeliveryReport.objects.count() == 1


def test_a_run_looks_at_the_newest_first_and_at_no_more_than_its_share(early, upstream, client, monkeypatch):
    push(upstream, client, report("NOBODY", "13900000000"))
    monkeypatch.setattr("messaging.matching.MOST_AT_A_TIME", 1)
    DeliveryReport.objects.filter(mid="LATE1").update(received_at=F("received_at") - timedelta(seconds=60))
    assert reports.match_shelved() == 0
    monkeypatch.setattr("messaging.matching.MOST_AT_A_TIME", 2)
    assert reports.match_shelved() == 1


@pytest.mark.fault("G14")
@pytest.mark.parametrize("spelling", [" {} ", "{}\t"])
def test_a_padded_mid_is_matched(submitted, upstream, client, spelling):
    push(upstream, client, report(spelling.format(submitted.mid), submitted.mobile))
    assert of(submitted)[0] == "delivered"


@pytest.mark.fault("G14")
def test_a_mid_in_another_case_is_matched(submitted, upstream, client):
    Message.objects.update(mid="AbC1")
    push(upstream, client, report("aBc1", submitted.mobile))
    assert of(submitted)[0] == "delivered"


@pytest.mark.fault("G14")
def test_another_case_is_not_matched_when_it_fits_two(submitted, api, upstream, submit_all, client):
    other = api.send(submitted.mobile)
    submit_all()
    Message.objects.filter(pk=submitted.pk).update(mid="AbC1")
    Message.objects.filter(pk=other).update(mid="ABc1")
    push(upstream, client, report("abc1", submitted.mobile))
    assert set(Message.objects.values_list("state", flat=True)) == {"submitted"}
    push(upstream, client, report("AbC1", submitted.mobile))
    assert of(submitted)[0] == "delivered"
    assert api.message(other)["status"] == "submitted"


@pytest.mark.fault("G14")
def test_zeros_are_part_of_a_mid(submitted, upstream, client):
    Message.objects.update(mid="0012")
    push(upstream, client, report("12", submitted.mobile))
    assert of(submitted)[0] == "submitted"


@pytest.mark.fault("G13")
def test_the_right_mid_with_another_number_is_not_applied_and_sounds_an_alarm(submitted, upstream, client):
    push(upstream, client, report(submitted.mid, "13900000000"))
    reports.match_shelved()
    assert of(submitted)[0] == "submitted"
    alarm = Alarm.objects.get()
    assert (alarm.name, alarm.subject) == ("report_for_other_number", upstream.name)
    assert DeliveryReport.objects.get().needs_review


@pytest.mark.fault("G13")
def test_a_mid_of_nobody_sounds_no_such_alarm(submitted, upstream, client):
    push(upstream, client, report("NOBODY", "13900000000"))
    reports.match_shelved()
    assert not Alarm.objects.exists()


@pytest.mark.fault("G29")
def test_a_delivrd_from_another_account_stays_on_its_shelf(submitted, upstream, client, other_account):
    push(other_account, client, report(submitted.mid, submitted.mobile))
    reports.match_shelved()
    reports.match_old()
    match_shelf(other_account.pk, [submitted.mobile])
    assert of(submitted)[0] == "submitted"
