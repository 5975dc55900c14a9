"""Pages that may be lost, bodies nobody can read, reports that belong to nobody, codes nobody knows."""

import uuid
from datetime import timedelta

import pytest
from django.db.models.functions import Now

from messaging.models import Alarm, DeliveryReport, UpstreamPayload, new_id

pytestmark = pytest.mark.django_db


def payload(upstream, state="read", **more):
    return UpstreamPayload.objects.create(
        upstream_account=upstream, kind="report", state=state, **({"received_at": Now()} | more)
    )


def reports(upstream, number, stat="DELIVRD", message_id=None):
    DeliveryReport.objects.bulk_create(
        DeliveryReport(
            upstream_account=upstream, payload_id=new_id(), mid=uuid.uuid4().hex, mobile="13800000001", stat=stat,
            time_text="2026-11-22 09:00:00", message_id=message_id, received_at=Now() - timedelta(minutes=1),
        )
        for _ in range(number)
    )  # fmt: skip


def an_hour_later(model, field):
    model.objects.update(**{field: Now() - timedelta(minutes=61)})


def test_a_fetch_that_was_cut_sounds_for_an_hour(upstream, sounding):
    payload(upstream, "maybe_lost")
    payload(upstream, "failed")
    assert sounding("fetch_maybe_lost") == ["simulator"]
    assert Alarm.objects.get().detail.startswith("1 fetches")
    an_hour_later(UpstreamPayload, "started_at")
    assert sounding("fetch_maybe_lost") == []


def test_a_fetch_that_never_ended_may_be_lost_and_one_under_way_is_not(upstream, sounding):
    begun = payload(upstream, "started")
    assert sounding("fetch_maybe_lost") == []
    UpstreamPayload.objects.filter(pk=begun.pk).update(started_at=Now() - timedelta(minutes=2))
    assert sounding("fetch_maybe_lost") == ["simulator"]


def test_a_body_that_nobody_can_read_sounds_until_it_was_read(upstream, sounding):
    unreadable = payload(upstream, "unreadable")
    assert sounding("payload_unreadable") == ["simulator"]
    UpstreamPayload.objects.filter(pk=unreadable.pk).update(state="read")
    assert sounding("payload_unreadable") == []


def test_single_items_that_nobody_can_read_sound_too(upstream, sounding):
    payload(upstream, unreadable_items=3)
    assert sounding("payload_unreadable") == ["simulator"]
    assert "0 bodies and 3 single items" in Alarm.objects.get().detail


def test_many_reports_for_nobody_sound_until_they_find_their_messages(upstream, sounding):
    payload(upstream, reports=100)
    reports(upstream, 21)
    assert sounding("orphan_rate") == ["simulator"]
    assert Alarm.objects.get().detail.startswith("21 of the last hour's 100 ")
    DeliveryReport.objects.update(message_id=new_id())
    assert sounding("orphan_rate") == []


@pytest.mark.parametrize(("unmatched", "of"), [(20, 20), (21, 2100)])
def test_a_few_or_one_in_a_hundred_are_ordinary(upstream, sounding, unmatched, of):
    payload(upstream, reports=of)
    reports(upstream, unmatched)
    assert sounding("orphan_rate") == []


def test_a_report_that_overtook_its_answer_is_not_for_nobody(upstream, sounding):
    reports(upstream, 30)
    DeliveryReport.objects.update(received_at=Now())
    assert sounding("orphan_rate") == []


def test_a_report_s_code_that_nobody_knows_sounds_for_an_hour(upstream, sounding):
    reports(upstream, 2, stat="ZZ:0815", message_id=new_id())
    reports(upstream, 2, stat="MA:0029", message_id=new_id())
    assert sounding("unknown_code") == ["STAT ZZ:0815"]
    an_hour_later(DeliveryReport, "received_at")
    assert sounding("unknown_code") == []


def test_an_answer_s_code_that_nobody_knows_sounds(api, upstream, simulator, submit_all, sounding):
    simulator.script({"fault": "status", "status": 4711})
    api.send()
    submit_all()
    assert sounding("unknown_code") == ["STATUS 4711"]


@pytest.mark.parametrize("stat", ["13800000001", "【Acme】4711", "call 13800000001", "x" * 60])
def test_a_code_that_may_be_a_number_or_a_text_is_not_shown(upstream, sounding, stat):
    reports(upstream, 1, stat=stat, message_id=new_id())
    assert sounding("unknown_code") == ["STAT not shown here"]
