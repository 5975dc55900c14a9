"""Taking back what waits, and saying why what does not wait can't be taken back."""

from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Application
from accounts.services import create_application
from messaging import alarming, holding
from messaging.models import Alarm, Attempt, Batch, Chunk, Event, Hold, Message, QueuedSingle
from messaging.services import cancelling, expiry, recovery
from messaging.services.submission import calling, claim

pytestmark = pytest.mark.django_db
LONG_AGO = "2020-01-01T00:00:00Z"
TOMORROW = "2099-01-01T00:00:00Z"


def numbers(count):
    return [f"138{n:08d}" for n in range(count)]


def cancel(api, message_id):
    return api.post(f"messages/{message_id}/cancel", None)


def cancel_batch(api, batch):
    answer = api.post(f"batches/{batch['id']}/cancel", None)
    assert answer.status_code == 200, answer.content
    return answer.json()


def post_batch(api, count, **more):
    return api.post("batches", {"to": numbers(count), "content": "【Acme】hi", **more}).json()


def refusal(answer):
    assert answer.status_code == 409, answer.content
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["code"] == "not_cancellable"
    return answer.json()["retry"], answer.json()["detail"]


def claim_another(lane="notification"):
    claimed = claim(lane)
    assert claimed
    return claimed


# One message


def test_what_is_queued_is_cancelled_and_never_sent(api, upstream, simulator, submit_all):
    message_id = api.send()
    answer = cancel(api, message_id)
    assert (answer.status_code, answer.json()["status"], answer.json()["is_final"]) == (
        200,
        "cancelled",
        True,
    )
    assert submit_all() == 0
    assert simulator.ledger() == []


def test_its_history_says_who_asked(api, upstream):
    message_id = api.send()
    cancel(api, message_id)
    last = api.message(message_id)["events"][-1]
    assert (last["type"], last["status"], last["detail"]) == (
        "message.cancelled",
        "cancelled",
        "by the caller",
    )


def test_again_it_is_still_cancelled_and_told_once(api, upstream):
    message_id = api.send()
    first, second = cancel(api, message_id), cancel(api, message_id)
    assert (second.status_code, second.json()) == (200, first.json())
    assert Event.objects.filter(kind="cancelled").count() == 1


def test_one_that_is_scheduled_can_be_cancelled(api, upstream, submit_all):
    message_id = api.send()
    QueuedSingle.objects.update(due_at=TOMORROW)
    Message.objects.update(send_at=TOMORROW)
    assert api.message(message_id)["status"] == "scheduled"
    assert cancel(api, message_id).json()["status"] == "cancelled"
    assert not QueuedSingle.objects.exists()


def test_one_that_a_hold_keeps_can_be_cancelled(api, upstream, simulator, submit_all):
    message_id = api.send()
    holding.place(upstream.pk, holding.Reason(Hold.Cause.PERSON), probe_after=None)
    submit_all()
    assert Chunk.objects.get().parked
    assert cancel(api, message_id).json()["held_because"] is None
    holding.end(Hold.objects.get(), by="test")
    assert submit_all() == 0
    assert simulator.ledger() == []


def test_one_that_kills_its_workers_can_be_cancelled_and_its_alarm_ends(api, upstream, submit_all):
    message_id = api.send()
    claim_another()
    Attempt.objects.update(lease_until=LONG_AGO)
    Chunk.objects.update(claims=recovery.MOST_CLAIMS)
    recovery.recover()
    assert Alarm.objects.filter(ended_at=None).count() == 1
    assert cancel(api, message_id).json()["status"] == "cancelled"
    assert not Alarm.objects.filter(ended_at=None).exists()
    assert not recovery.release(Chunk.objects.get().pk)


def test_one_whose_call_never_left_can_be_cancelled(api, upstream, simulator, submit_all):
    message_id = api.send()
    simulator.script({"fault": "status", "status": 21, "action": "send", "times": 1})
    submit_all()
    assert api.message(message_id)["status"] == "queued"
    assert cancel(api, message_id).status_code == 200
    Chunk.objects.update(due_at=LONG_AGO)
    assert submit_all() == 0


def test_a_member_of_a_batch_can_be_cancelled_and_the_others_go(api, upstream, simulator, submit_all):
    batch = post_batch(api, 3)
    first = api.get(f"batches/{batch['id']}/messages").json()["results"][0]["id"]
    assert cancel(api, first).status_code == 200
    assert submit_all() == 1
    assert sorted(row["mobile"] for row in simulator.ledger()) == numbers(3)[1:]
    assert api.get(f"batches/{batch['id']}").json()["counts"] == {"cancelled": 1, "submitted": 2}
    assert api.message(first)["events"][-1]["type"] == "message.cancelled"


def test_a_chunk_in_which_nobody_waits_is_done(api, upstream):
    batch = post_batch(api, 2)
    for row in api.get(f"batches/{batch['id']}/messages").json()["results"]:
        assert Chunk.objects.get().state == "queued"
        cancel(api, row["id"])
    assert Chunk.objects.get().state == "done"


# What can't be taken back


def test_what_is_being_submitted_may_be_there_already(api, upstream, simulator):
    message_id = api.send()
    claimed = claim_another()
    retry, detail = refusal(cancel(api, message_id))
    assert retry == "later"
    assert "being submitted" in detail
    assert calling.call(claimed) == "answered"
    assert api.message(message_id)["status"] == "submitted"


def test_what_waits_for_stray_reports_may_have_been_sent(api, upstream, simulator, submit_all):
    message_id = api.send()
    simulator.script({"fault": "status", "status": 5, "action": "send", "times": 1})
    submit_all()
    retry, detail = refusal(cancel(api, message_id))
    assert retry == "later"
    assert "internal error" in detail
    assert api.message(message_id)["status"] == "queued"


@pytest.mark.parametrize(
    ("state", "word"),
    [
        ("submitted", "submitted"), ("delivered", "delivered"), ("undelivered", "undelivered"),
        ("no_report", "no_report"), ("rejected", "refused"), ("unknown", "nobody knows"),
        ("unresolved", "nobody knows"), ("expired", "expired"),
    ],
)  # fmt: skip
def test_what_waits_no_more_is_refused_and_why_is_said(api, upstream, submit_all, state, word):
    message_id = api.send()
    submit_all()
    with connection.cursor() as cursor:  # around the guard of moves, which knows the legal ways only
        cursor.execute("ALTER TABLE messaging_message DISABLE TRIGGER moves_are_guarded")
        cursor.execute("UPDATE messaging_message SET state = %s", [state])
        cursor.execute("ALTER TABLE messaging_message ENABLE TRIGGER moves_are_guarded")
    retry, detail = refusal(cancel(api, message_id))
    assert retry == "never"
    assert word in detail
    assert api.message(message_id)["status"] == state


@pytest.mark.parametrize("kind", ["messages", "batches"])
def test_somebody_elses_is_not_found(api, upstream, kind):
    message_id, batch = api.send(), post_batch(api, 1)
    theirs = {"messages": message_id, "batches": batch["id"]}[kind]
    other = type(api)(create_application("other", environment="sandbox")[1])
    foreign, missing = (other.post(f"{kind}/{pk}/cancel", None) for pk in (theirs, uuid4()))
    assert foreign.status_code == missing.status_code == 404
    assert foreign.json()["detail"] == missing.json()["detail"]
    assert not Message.objects.exclude(state="queued").exists()
    assert Batch.objects.get().cancelled_at is None


# Batches


def test_a_batch_that_waits_is_cancelled_as_a_whole(api, upstream, simulator, submit_all):
    body = cancel_batch(api, post_batch(api, 5))
    assert body["cancellation"] == {"cancelled": 5, "already_gone": 0, "by_status": {}}
    assert (body["status"], body["counts"]) == ("cancelled", {"cancelled": 5})
    assert submit_all() == 0
    assert simulator.ledger() == []


def test_what_had_gone_is_counted_by_its_status(api, upstream, simulator, submit_all):
    upstream.max_numbers = 2
    upstream.save()
    batch = post_batch(api, 10)
    for _time in range(2):
        calling.call(claim_another())
    claim_another()
    late = Chunk.objects.filter(state="queued").first().members[0]
    Message.objects.filter(pk=late).update(expires_at=LONG_AGO)
    Chunk.objects.filter(members__contains=[late]).update(expires_at=LONG_AGO)
    expiry.expire_due()
    body = cancel_batch(api, batch)
    gone = {"submitted": 4, "submitting": 2}
    assert body["cancellation"] == {"cancelled": 3, "already_gone": 6, "by_status": gone}
    assert body["counts"] == {"cancelled": 3, "expired": 1} | gone


def test_again_it_gives_the_account_of_that_moment(api, upstream, submit_all):
    upstream.max_numbers = 2
    upstream.save()
    batch = post_batch(api, 4)
    claimed = claim_another()
    first = cancel_batch(api, batch)
    asked = Batch.objects.get().cancelled_at
    calling.call(claimed)
    second = cancel_batch(api, batch)
    assert first["cancellation"]["by_status"] == {"submitting": 2}
    assert second["cancellation"] == {"cancelled": 2, "already_gone": 2, "by_status": {"submitted": 2}}
    assert Batch.objects.get().cancelled_at == asked


def test_what_a_call_under_way_did_not_take_is_not_tried_again(api, upstream, simulator, submit_all):
    simulator.script({"fault": "status", "status": 21, "action": "send", "times": 1})
    batch = post_batch(api, 3)
    claimed = claim_another()
    assert cancel_batch(api, batch)["cancellation"]["by_status"] == {"submitting": 3}
    assert calling.call(claimed) == "status_21"
    Chunk.objects.update(due_at=LONG_AGO)
    assert submit_all() == 0
    assert api.get(f"batches/{batch['id']}").json()["counts"] == {"cancelled": 3}
    assert simulator.ledger() == []


def test_what_waits_for_stray_reports_is_cancelled_when_that_is_settled(api, upstream, simulator, submit_all):
    simulator.script({"fault": "status", "status": 5, "action": "send", "times": 1})
    batch = post_batch(api, 3)
    calling.call(claim_another())
    assert cancel_batch(api, batch)["cancellation"] == {
        "cancelled": 0, "already_gone": 3, "by_status": {"queued": 3},
    }  # fmt: skip
    Chunk.objects.update(due_at=LONG_AGO)
    assert submit_all() == 0
    assert api.get(f"batches/{batch['id']}").json()["counts"] == {"cancelled": 3}


def test_each_message_finds_the_cancel_in_its_history(api, upstream):
    upstream.max_numbers = 2
    upstream.save()
    batch = post_batch(api, 5)
    cancel_batch(api, batch)
    for row in api.get(f"batches/{batch['id']}/messages").json()["results"]:
        types = [(event["type"], event["detail"]) for event in api.message(row["id"])["events"]]
        assert types == [("message.accepted", None), ("message.cancelled", "with its batch, by the caller")]


def test_alarms_about_its_held_messages_end(api, upstream):
    batch = post_batch(api, 1)
    Chunk.objects.update(state="held")
    alarming.sound("message_kills_workers", str(Message.objects.get().pk), detail="d", next_step="n")
    assert cancel_batch(api, batch)["cancellation"]["cancelled"] == 1
    assert not Alarm.objects.filter(ended_at=None).exists()


def test_released_by_a_person_only_those_wait_that_were_not_cancelled(api, upstream):
    batch = post_batch(api, 2)
    first = api.get(f"batches/{batch['id']}/messages").json()["results"][0]["id"]
    cancel(api, first)
    Chunk.objects.update(state="held")
    assert recovery.release(Chunk.objects.get().pk)
    assert api.message(first)["events"][-1]["status"] == "cancelled"


def test_ten_thousand_in_chunks_of_one_take_no_more_statements_than_ten(api, upstream):
    upstream.max_numbers = 1
    upstream.save()

    def statements(count):
        batch, application = Batch.objects.get(pk=post_batch(api, count)["id"]), Application.objects.get()
        with CaptureQueriesContext(connection) as captured:
            assert cancelling.cancel_batch(batch.pk, application, by="test").cancelled == count
        return len(captured)

    assert statements(10) == statements(10_000) <= 10
