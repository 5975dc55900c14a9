"""Reports that contradict, or come after we gave up: kept always, applied where they say more."""

import pytest

from messaging.models import DeliveryReport, Event, Message
from messaging.services import reports
from tests.incoming.items import of, push, report, send_and_lose_the_answer

pytestmark = pytest.mark.django_db


@pytest.fixture
def say(submitted, upstream, client):
    def run(stat):
        push(upstream, client, report(submitted.mid, submitted.mobile, stat))
        return of(submitted)[0]

    return run


@pytest.mark.fault("G11")
def test_a_failure_after_delivrd_is_kept_and_not_applied(say, submitted):
    assert [say("DELIVRD"), say("MA:0029")] == ["delivered", "delivered"]
    kept = DeliveryReport.objects.filter(message_id=submitted.pk).order_by("received_at")
    assert [found.stat for found in kept] == ["DELIVRD", "MA:0029"]
    assert Event.objects.filter(kind="reported").count() == 1


@pytest.mark.fault("G11")
def test_delivrd_after_a_failure_is_a_second_event(say):
    assert [say("MA:0029"), say("DELIVRD")] == ["undelivered", "delivered"]
    statuses = Event.objects.filter(kind="reported").order_by("at").values_list("statuses", flat=True)
    assert list(statuses) == [["undelivered"], ["delivered"]]


@pytest.mark.fault("G11")
@pytest.mark.parametrize("order", [("DELIVRD", "MA:0029"), ("MA:0029", "DELIVRD")])
def test_in_one_page_delivrd_wins(submitted, upstream, client, order):
    push(upstream, client, *(report(submitted.mid, submitted.mobile, stat) for stat in order))
    assert of(submitted)[0] == "delivered"
    assert DeliveryReport.objects.count() == 2


@pytest.mark.fault("G12")
@pytest.mark.parametrize(("stat", "then"), [("DELIVRD", "delivered"), ("MA:0029", "undelivered")])
def test_a_message_without_report_is_upgraded(say, stat, then):
    Message.objects.update(state="no_report")
    assert say(stat) == then


@pytest.mark.fault("G12")
@pytest.mark.parametrize(("stat", "then"), [("DELIVRD", "delivered"), ("MA:0029", "undelivered")])
@pytest.mark.parametrize("state", ["unknown", "unresolved"])
def test_a_message_whose_answer_was_lost_is_upgraded(
    api, upstream, simulator, submit_all, client, state, stat, then
):
    lost = send_and_lose_the_answer(api, simulator, submit_all, "19900040010")
    Message.objects.update(state=state, mid="LATE1")
    push(upstream, client, report("LATE1", lost.mobile, stat))
    assert of(lost)[0] == then


@pytest.mark.fault("G12")
def test_a_message_that_was_rejected_is_upgraded(api, upstream, submit_all, client):
    message_id = api.send("19900010017")
    submit_all()
    Message.objects.filter(state="rejected").update(mid="LATE1")
    push(upstream, client, report("LATE1", "19900010017"))
    assert api.message(message_id)["status"] == "delivered"


@pytest.mark.fault("G12")
def test_a_report_for_a_message_that_was_deleted_stays_an_orphan(submitted, upstream, client):
    Message.objects.all().delete()
    push(upstream, client, report(submitted.mid, submitted.mobile))
    assert reports.match_shelved() == reports.match_old() == 0
    assert DeliveryReport.objects.get().message_id is None
