"""Delivery reports: pulled or pushed, early, late, twice, or for nobody."""

import json

import pytest

from accounts.services import create_upstream_account
from messaging.models import DeliveryReport, Event, Message, UpstreamPayload
from messaging.services import payloads, reports

pytestmark = pytest.mark.django_db


def pushed(upstream, client, *items):
    answer = client.post(upstream.push_path, json.dumps(items), content_type="application/json")
    for payload in UpstreamPayload.objects.filter(state="received"):
        payloads.read(payload.pk)
    return answer


def report(mid, mobile="13800000001", stat="DELIVRD", time="2026-11-22 09:00:00"):
    return {
        "flag": 1,
        "mid": mid,
        "spid": "922011",
        "accessCode": "10690",
        "mobile": mobile,
        "stat": stat,
        "time": time,
    }


def status(message):
    message.refresh_from_db()
    return message.state


def test_pulled_reports_end_the_messages(api, upstream, simulator, submit_all, pull_until_final):
    ids = {
        number: api.send(number) for number in ("13800000001", "19900020029", "19900030255", "19900040021")
    }
    submit_all()
    pull_until_final(upstream)
    found = {number: api.message(pk) for number, pk in ids.items()}
    assert found["13800000001"]["status"] == "delivered"
    assert found["13800000001"]["code"] is None
    failed = found["19900020029"]
    assert (failed["status"], failed["code"]["code"], failed["certain"]) == ("undelivered", "MA:0029", True)
    assert found["19900030255"]["certain"] is False
    assert (found["19900040021"]["status"], found["19900040021"]["certain"]) == ("undelivered", False)
    assert [event["status"] for event in failed["events"]][-1] == "undelivered"


def test_the_raw_page_is_kept(api, upstream, submit_all, pull_until_final):
    api.send()
    submit_all()
    pull_until_final(upstream)
    page = UpstreamPayload.objects.filter(reports=1).get()
    assert b"DELIVRD" in bytes(page.body)
    assert page.state == "read"


def test_the_same_report_twice_is_one_report_and_one_event(submitted, upstream, client):
    number = submitted.mobile
    for _time in range(2):
        assert pushed(upstream, client, report(submitted.mid, number)).content == b"OK"
    assert DeliveryReport.objects.count() == 1
    assert Event.objects.filter(kind="reported").count() == 1


def test_a_late_failure_does_not_undo_a_delivery(submitted, upstream, client):
    pushed(upstream, client, report(submitted.mid, submitted.mobile))
    pushed(upstream, client, report(submitted.mid, submitted.mobile, "MA:0029"))
    assert status(submitted) == "delivered"
    assert DeliveryReport.objects.count() == 2


def test_a_late_delivery_corrects_a_failure(submitted, upstream, client):
    pushed(upstream, client, report(submitted.mid, submitted.mobile, "MA:0029"))
    pushed(upstream, client, report(submitted.mid, submitted.mobile))
    assert status(submitted) == "delivered"
    assert submitted.code is None


def test_a_report_on_the_way_changes_nothing(submitted, upstream, client):
    pushed(upstream, client, report(submitted.mid, submitted.mobile, "ACCEPTD"))
    assert status(submitted) == "submitted"


def test_a_report_before_its_mid_waits_on_the_shelf(api, upstream, simulator, submit_all, client):
    message_id = api.send("19900040018")  # the simulator reports at once
    submit_all()
    submitted = Message.objects.get(pk=message_id)
    early = report("0000000000000001", submitted.mobile)
    pushed(upstream, client, early)
    assert DeliveryReport.objects.filter(message_id__isnull=True).count() == 1
    Message.objects.update(mid="0000000000000001", state="submitted")
    assert reports.match_shelved() == 1
    assert status(submitted) == "delivered"


def test_a_report_for_another_number_is_not_applied(submitted, upstream, client):
    pushed(upstream, client, report(submitted.mid, "13900000000"))
    assert status(submitted) == "submitted"
    assert DeliveryReport.objects.get().message_id is None


def test_a_report_from_another_account_is_not_applied(submitted, upstream, client, simulator):
    other = create_upstream_account(
        name="other", environment="sandbox", base_url=simulator.url, account="x", password="x", extno="1"
    )
    pushed(other, client, report(submitted.mid, submitted.mobile))
    assert status(submitted) == "submitted"


def test_one_bad_item_does_not_lose_the_others(submitted, upstream, client):
    pushed(upstream, client, {"flag": 1, "mid": []}, report(submitted.mid, submitted.mobile))
    assert status(submitted) == "delivered"
    assert UpstreamPayload.objects.get(kind="push").unreadable_items == 1


def test_a_page_is_read_once_however_often_it_is_asked(submitted, upstream, client):
    pushed(upstream, client, report(submitted.mid, submitted.mobile))
    payload = UpstreamPayload.objects.get(kind="push")
    assert payloads.read(payload.pk) == (0, 0)
