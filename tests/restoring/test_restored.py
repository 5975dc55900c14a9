"""After a restored backup: everything is held, and what waited then may have been sent since."""

from datetime import UTC, datetime, timedelta

import pytest
from django.core.management import CommandError, call_command

from messaging import holding
from messaging.models import Attempt, Chunk, Hold, Message, QueuedSingle
from messaging.services import recovery, restoring
from messaging.services.submission import claim

pytestmark = pytest.mark.django_db

PAIR = ["13800000001", "13800000002"]


def now():
    return datetime.now(UTC)


@pytest.fixture
def restored(capsys):
    """Run the command as if the backup had been taken just now, or then; return what it said."""

    def run(backup_time=None):
        call_command("restored", backup_time=backup_time or now())
        said = capsys.readouterr()
        return said.out + said.err

    return run


@pytest.mark.fault("D21")
def test_everything_is_held_until_a_person_ends_it(api, upstream, submit_all, restored):
    assert "Everything is held." in restored()
    hold = Hold.objects.get()
    assert (hold.scope, hold.cause, hold.next_probe_at) == ("everything", "restored", None)
    message_id = api.send()
    assert submit_all() == 0
    assert api.message(message_id)["held_because"]["cause"] == "restored"
    call_command("release", all=True)
    assert submit_all() == 1


def test_a_single_that_waited_is_unknown_and_says_why(api, upstream, submit_all, restored):
    message_id = api.send()
    assert "1 messages became unknown" in restored()
    message = api.message(message_id)
    assert (message["status"], message["certain"]) == ("unknown", False)
    assert (message["events"][-1]["type"], message["events"][-1]["detail"]) == ("message.unknown", "restored")
    assert not QueuedSingle.objects.exists()


@pytest.mark.parametrize("state", ["queued", "held"])
def test_a_batch_that_waited_is_unknown(api, upstream, restored, state):
    batch = api.post("batches", {"to": PAIR, "content": "hi"}).json()["id"]
    Chunk.objects.update(state=state)
    restored()
    assert api.get(f"batches/{batch}").json()["counts"] == {"unknown": 2}
    assert Chunk.objects.get().state == "done"


@pytest.mark.parametrize("state", ["prepared", "in_flight"])
def test_a_call_that_was_under_way_is_unknown_and_never_made_again(
    api, upstream, submit_all, restored, state
):
    message_id = api.send()
    assert claim("notification")
    Attempt.objects.update(state=state)
    restored()
    attempt = Attempt.objects.get()
    assert (attempt.state, attempt.reason, bool(attempt.ended_at)) == ("unknown", "restored", True)
    Attempt.objects.update(lease_until="2020-01-01T00:00:00Z")
    Hold.objects.all().delete()
    assert recovery.recover() == submit_all() == 0
    message = api.message(message_id)
    assert (message["status"], message["account"]) == ("unknown", "simulator")


def test_what_was_sent_stays_as_it_was(api, upstream, submit_all, restored):
    message_id = api.send()
    submit_all()
    assert "0 messages became unknown" in restored()
    assert api.message(message_id)["status"] == "submitted"


def test_what_is_to_be_sent_later_than_now_stays_queued(api, upstream, restored):
    tomorrow = (now() + timedelta(days=1)).isoformat()
    single = api.send(send_at=tomorrow)
    batch = api.post("batches", {"to": PAIR, "content": "hi", "send_at": tomorrow}).json()["id"]
    said = restored()
    assert "0 messages became unknown" in said
    assert "3 scheduled messages stay queued" in said
    assert api.message(single)["status"] == "scheduled"
    assert api.get(f"batches/{batch}").json()["counts"] == {"scheduled": 2}


def test_what_was_to_be_sent_between_the_backup_and_now_is_unknown(api, upstream, restored):
    backup_time = now() + timedelta(seconds=1)
    message_id = api.send(send_at=(now() + timedelta(days=1)).isoformat())
    for model, column in ((Message, "send_at"), (QueuedSingle, "due_at")):
        model.objects.update(**{column: now() - timedelta(seconds=1)})
    Message.objects.update(created_at=backup_time - timedelta(days=1))
    restored(now())
    assert api.message(message_id)["status"] == "unknown"


def test_a_reader_that_stands_in_the_lost_future_misses_nothing(api, upstream, restored):
    """It had read on before the restoration; what happens now comes behind its place all the same."""
    before = api.send()
    place = api.get("events").json()["next"]
    application, _dash, rest = place.partition("-e")
    future = f"{application}-e{int(rest.partition('-')[0]) + 1_000_000}-7"
    restored()
    after = api.send("13800000002")
    items = api.get(f"events?after={future}").json()["results"]
    assert [(item["type"], item["message"]["id"]) for item in items] == [
        ("message.unknown", before), ("message.accepted", after),
    ]  # fmt: skip


def test_run_again_it_changes_nothing_more(api, upstream, submit_all, restored):
    backup_time = now()
    Message.objects.filter(pk=api.send()).update(created_at=backup_time - timedelta(seconds=1))
    restored(backup_time)
    since = api.send("13800000009")
    said = restored(backup_time)
    assert "Everything was held already." in said
    assert "0 messages became unknown" in said
    assert "1 queued messages are younger" in said
    assert Hold.objects.count() == 1
    assert api.message(since)["status"] == "queued"


def test_ended_midway_it_is_held_and_a_second_run_finishes(api, upstream, submit_all, restored, monkeypatch):
    monkeypatch.setattr(restoring, "AT_A_TIME", 1)
    api.send("13800000001")
    api.send("13800000002")
    backup_time = now()
    restoring.hold_everything(backup_time)
    assert next(restoring.mark_unknown(backup_time)) == 1
    assert submit_all() == 0
    restored(backup_time)
    assert set(Message.objects.values_list("state", flat=True)) == {"unknown"}


def test_a_chunk_of_both_times_keeps_the_younger_members(api, upstream, submit_all, restored):
    old, young = api.send("13800000001"), api.send("13800000002")
    assert claim("notification")
    backup_time = now()
    Message.objects.filter(pk=young).update(created_at=backup_time + timedelta(seconds=1))
    restored(backup_time)
    call_command("release", all=True)
    assert submit_all() == 1
    assert [api.message(pk)["status"] for pk in (old, young)] == ["unknown", "submitted"]


def test_a_person_that_holds_everything_is_not_overruled(api, upstream, restored):
    reason = holding.Reason(Hold.Cause.PERSON)
    holding.place(None, reason, probe_after=None, scope=Hold.Scope.EVERYTHING)
    assert "Everything was held already." in restored()


@pytest.mark.parametrize("text", ["yesterday", "2026-01-01", "2026-01-01T00:00:00", ""])
def test_a_time_without_an_offset_is_refused(db, text):
    with pytest.raises(CommandError, match="is not a time with an offset"):
        call_command("restored", f"--backup-time={text}")
    assert not Hold.objects.exists()


def test_a_time_that_has_not_come_is_refused(db):
    with pytest.raises(CommandError, match="later than now"):
        call_command("restored", backup_time=now() + timedelta(hours=1))
    assert not Hold.objects.exists()


def test_the_written_time_is_understood(db):
    call_command("restored", "--backup-time=2026-01-01T08:00:00+08:00")
    assert Hold.objects.get().detail == "backup of 2026-01-01T08:00:00+08:00"
