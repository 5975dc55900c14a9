"""One bad item costs no other: not the page's reading, nor its storing."""

import json
from dataclasses import replace

import pytest

from messaging.models import Alarm, DeliveryReport, InboundMessage, UpstreamPayload
from messaging.services import payloads
from messaging.services.payloads import reading
from tests.incoming.items import inbound, push, report

pytestmark = pytest.mark.django_db


@pytest.fixture
def spoil(monkeypatch):
    """Let the reader pass on items that PostgreSQL refuses: a NUL in a text."""

    def spoilt(page):
        return replace(
            page,
            reports=tuple(r._replace(stat="\x00") if r.mid == "BAD" else r for r in page.reports),
            inbound=tuple(m._replace(mobile="\x00") if m.mid == "BAD" else m for m in page.inbound),
        )

    real = reading.read_push
    monkeypatch.setattr(reading, "read_push", lambda *args: spoilt(real(*args)))


@pytest.mark.fault("G5")
def test_one_item_that_the_database_refuses_leaves_999_applied(submitted, upstream, client, spoil):
    items = [report(f"M{n}", "13900000000") for n in range(998)]
    push(upstream, client, *items[:500], report("BAD"), *items[500:], report(submitted.mid, submitted.mobile))
    payload = UpstreamPayload.objects.get()
    assert (payload.state, payload.reports, payload.unreadable_items) == ("read", 999, 1)
    assert DeliveryReport.objects.count() == 999
    submitted.refresh_from_db()
    assert submitted.state == "delivered"
    assert b"BAD" in bytes(payload.body)


@pytest.mark.fault("G5")
def test_a_reply_that_the_database_refuses_leaves_the_others(upstream, client, spoil):
    push(upstream, client, inbound("1", "one"), inbound("BAD", "two"), inbound("3", "three"))
    assert sorted(InboundMessage.objects.values_list("content", flat=True)) == ["one", "three"]
    assert UpstreamPayload.objects.get().unreadable_items == 1


@pytest.mark.fault("G5")
def test_items_that_cant_be_read_sound_an_alarm(upstream, client):
    push(upstream, client, {"flag": 1, "mid": []}, report("M1"))
    alarm = Alarm.objects.get()
    assert (alarm.name, alarm.subject) == ("payload_unreadable", upstream.name)


@pytest.mark.fault("G6")
@pytest.mark.parametrize("stat", ["MA:0001 ", "ma:0001", "NEVERSEEN"])
def test_odd_stats_are_applied_as_failures(submitted, upstream, client, stat):
    push(upstream, client, report(submitted.mid, submitted.mobile, stat))
    submitted.refresh_from_db()
    assert (submitted.state, submitted.code) == ("undelivered", stat.strip())


@pytest.mark.fault("G6")
def test_a_report_without_stat_is_kept_and_counted(submitted, upstream, client):
    push(upstream, client, report(submitted.mid, submitted.mobile, ""))
    assert UpstreamPayload.objects.get().unreadable_items == 1


@pytest.mark.fault("G15")
@pytest.mark.parametrize("time", ["", "yesterday", "2999-01-01 00:00:00", "2026-02-30 02:30:00", None])
def test_a_report_with_any_time_is_applied(submitted, upstream, client, time):
    push(upstream, client, report(submitted.mid, submitted.mobile, time=time))
    submitted.refresh_from_db()
    assert submitted.state == "delivered"
    assert DeliveryReport.objects.get().time_text == (time or "")


@pytest.mark.fault("G16")
def test_reports_and_replies_in_one_page_are_told_apart(submitted, upstream, client):
    known = report(submitted.mid, submitted.mobile)
    unflagged = {name: value for name, value in report("M1").items() if name != "flag"}
    push(upstream, client, inbound("1", "hello"), known | {"flag": "1"}, unflagged)
    assert (DeliveryReport.objects.count(), InboundMessage.objects.count()) == (2, 1)


def test_a_payload_that_breaks_the_reader_holds_up_no_other(submitted, upstream, client, monkeypatch):
    real = reading.read_push

    def broken(body, content_type):
        if b"BREAK" in body:
            raise ZeroDivisionError
        return real(body, content_type)

    monkeypatch.setattr(reading, "read_push", broken)
    client.post(upstream.push_path, "BREAK", content_type="application/json")
    item = json.dumps(report(submitted.mid, submitted.mobile))
    client.post(upstream.push_path, item, content_type="application/json")
    payloads.read_waiting()
    submitted.refresh_from_db()
    assert submitted.state == "delivered"
    assert UpstreamPayload.objects.filter(state="received").count() == 1
