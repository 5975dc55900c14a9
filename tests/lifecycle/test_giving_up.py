"""What nothing settles in 72 hours gets a final state, and late evidence still counts."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, transaction
from django.db.models.functions import Now

from messaging.models import Chunk, Event, Message
from messaging.services import giving_up, payloads
from messaging.services.giving_up import give_up_overdue

pytestmark = pytest.mark.django_db

PAIR = ["13800000001", "13800000002"]
NOBODY_CAN_SAY = {"fault": "drop_after_accept", "action": "send"}


@pytest.fixture
def submitted(api, upstream, submit_all):
    """The id of a message that awaits its report."""
    message_id = api.send()
    submit_all()
    return message_id


@pytest.fixture
def unknown(api, upstream, simulator, submit_all):
    simulator.script(NOBODY_CAN_SAY)
    message_id = api.send()
    submit_all()
    return message_id


def test_without_a_report_it_ends_as_no_report(api, submitted, pass_hours):
    pass_hours(72.1)
    assert give_up_overdue() == 1
    message = api.message(submitted)
    assert (message["status"], message["is_final"]) == ("no_report", True)
    assert message["events"][-1]["type"] == "message.no_report"
    assert Chunk.objects.get().swept_at


@pytest.mark.fault("E7")
def test_without_an_answer_it_ends_as_unresolved(api, unknown, pass_hours):
    pass_hours(72.1)
    assert give_up_overdue() == 1
    message = api.message(unknown)
    assert (message["status"], message["is_final"], message["certain"]) == ("unresolved", True, False)
    assert message["events"][-1]["type"] == "message.unresolved"
    assert Chunk.objects.get().swept_at


def test_what_was_answered_is_still_shown(api, upstream, simulator, submit_all, pass_hours):
    simulator.script({"fault": "status", "status": 999, "action": "send"})
    message_id = api.send()
    submit_all()
    before = api.message(message_id)["code"]
    pass_hours(72.1)
    give_up_overdue()
    assert before["code"] == "999"
    assert api.message(message_id)["code"] == before


def test_not_an_hour_too_early(api, submitted, pass_hours):
    pass_hours(71.9)
    assert giving_up._quiet_chunks(None) == []
    assert give_up_overdue() == 0
    assert api.message(submitted)["status"] == "submitted"
    assert not Chunk.objects.get().swept_at


def test_the_hours_are_settings(api, submitted, pass_hours, settings):
    settings.NO_REPORT_AFTER_HOURS = 1
    pass_hours(1.1)
    assert give_up_overdue() == 1


@pytest.mark.fault("G12")
def test_a_late_report_still_counts(api, submitted, upstream, simulator, pass_hours):
    pass_hours(72.1)
    give_up_overdue()
    simulator.queue_report(Message.objects.get().mid, "13800000001", "DELIVRD")
    payloads.pull(upstream.pk, payloads.Kind.REPORT)
    assert api.message(submitted)["status"] == "delivered"


def test_the_hours_count_from_the_call_not_from_the_acceptance(api, submitted, pass_hours):
    Chunk.objects.update(created_at="2020-01-01T00:00:00Z")
    assert giving_up._quiet_chunks(None) == []
    assert give_up_overdue() == 0
    assert not Chunk.objects.get().swept_at


def test_a_chunk_is_swept_when_no_member_waits_any_more(
    api, upstream, simulator, submit_all, pass_hours, settings
):
    settings.NO_REPORT_AFTER_HOURS = 1
    simulator.script({"fault": "rows_missing"})
    batch = api.post("batches", {"to": PAIR, "content": "hi"}).json()["id"]
    submit_all()
    pass_hours(2)
    assert give_up_overdue() == 1
    assert api.get(f"batches/{batch}").json()["counts"] == {"no_report": 1, "unknown": 1}
    assert not Chunk.objects.get().swept_at
    pass_hours(71)
    assert give_up_overdue() == 1
    assert api.get(f"batches/{batch}").json()["counts"] == {"no_report": 1, "unresolved": 1}
    assert Chunk.objects.get().swept_at


def test_what_cant_be_given_up_yet_does_not_keep_others_waiting(
    api, submitted, upstream, submit_all, pass_hours, monkeypatch
):
    monkeypatch.setattr(giving_up, "AT_A_TIME", 1)
    behind = api.send("13800000002")
    submit_all()
    pass_hours(72.1)
    Message.objects.filter(pk=submitted).update(submitted_at=Now())
    assert give_up_overdue() == 1
    assert api.message(submitted)["status"] == "submitted"
    assert api.message(behind)["status"] == "no_report"


def test_one_run_is_bounded(api, submitted, submit_all, pass_hours, monkeypatch):
    monkeypatch.setattr(giving_up, "AT_A_TIME", 1)
    monkeypatch.setattr(giving_up, "MOST_PAGES", 1)
    api.send("13800000002")
    submit_all()
    pass_hours(72.1)
    assert [give_up_overdue() for _run in range(3)] == [1, 1, 0]


def test_members_that_moved_on_are_their_childs_business(api, upstream, simulator, submit_all, pass_hours):
    simulator.script({"fault": "status", "status": 102, "times": 1})
    api.post("batches", {"to": PAIR, "content": "hi"})
    assert submit_all() == 3
    pass_hours(72.1)
    assert give_up_overdue() == 2
    assert not Chunk.objects.filter(swept_at=None).exists()
    children = Chunk.objects.exclude(parent=None)
    given_up = Event.objects.filter(kind="given_up").values_list("chunk_id", flat=True)
    assert set(given_up) == {child.pk for child in children}


def test_a_member_that_was_answered_meanwhile_is_not_left_behind(api, submitted):
    """The sweep read `unknown`, the real answer made it `submitted`: the chunk must be looked at again."""
    message = Message.objects.get()
    stale = giving_up._Open(message.pk, message.chunk_id, "unknown", None, None, certain=False, overdue=True)
    assert giving_up._give_up(message.chunk_id, [stale]) == 1
    assert api.message(submitted)["status"] == "submitted"


@pytest.mark.fault("D18")
@pytest.mark.django_db(transaction=True)
def test_a_chunk_that_somebody_else_holds_is_left_to_the_next_run(api, submitted, pass_hours):
    pass_hours(72.1)

    def sweep():
        try:
            return give_up_overdue()
        finally:
            connection.close()

    with ThreadPoolExecutor() as executor, transaction.atomic():
        Chunk.objects.select_for_update().get()
        assert executor.submit(sweep).result(timeout=10) == 0
    assert give_up_overdue() == 1
