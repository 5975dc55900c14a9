"""Answers that turn up late, are recorded twice, or meet a database in trouble; workers that die again and again."""

import pytest
from django.db import OperationalError, connection

from messaging.models import Alarm, Attempt, Chunk, Event, ExtraMid
from messaging.services import recovery
from messaging.services.submission import calling, claim, recording
from messaging.upstream import client_for

pytestmark = pytest.mark.django_db
LONG_AGO = "2020-01-01T00:00:00Z"


@pytest.fixture
def claimed(api, upstream):
    api.post("batches", {"to": ["13800000001", "19900010017"], "content": "hi"})
    return claim("notification")


def submitted(claimed):
    assert calling._take_off(claimed)
    return calling._submit(client_for(claimed.account), claimed)


def states(api):
    return sorted(row["status"] for row in api.get("messages").json()["results"])


@pytest.mark.fault("D19", "E30")
def test_an_answer_after_the_lease_is_applied_and_nothing_is_sent_again(api, claimed, simulator, submit_all):
    answer = submitted(claimed)
    Attempt.objects.update(lease_until=LONG_AGO)
    recovery.recover()
    assert states(api) == ["unknown", "unknown"]
    assert recording.answered(claimed, answer) == "answered_late"
    assert states(api) == ["rejected", "submitted"]
    assert submit_all() == 0
    assert len(simulator.ledger()) == 1


@pytest.mark.fault("D14")
def test_recording_twice_changes_nothing(api, claimed):
    answer = submitted(claimed)
    recording.answered(claimed, answer)
    before = Event.objects.count()
    assert recording.answered(claimed, answer) == "recorded_before"
    assert Event.objects.count() == before


@pytest.mark.fault("D23")
def test_a_deadlock_while_recording_is_not_visible(api, claimed, monkeypatch):
    real, tries = calling.answered, []

    def fail_once(*arguments):
        tries.append(1)
        if len(tries) == 1:
            raise OperationalError("deadlock detected")
        return real(*arguments)

    monkeypatch.setattr(calling, "answered", fail_once)
    monkeypatch.setattr(connection, "close", lambda: None)  # the test's own transaction lives on it
    assert calling.call(claimed) == "answered"
    assert len(tries) == 2
    assert states(api) == ["rejected", "submitted"]


@pytest.mark.fault("D7")
def test_what_kills_its_workers_is_held_and_the_others_go(api, upstream, simulator, submit_all):
    poison, other = api.send("13800000001"), api.send("13800000002")
    for _life in range(20):
        got = claim("notification")
        if got is None:
            break
        if poison in {str(member.id) for member in got.members}:
            Attempt.objects.filter(pk=got.attempt_id).update(lease_until=LONG_AGO)
            recovery.recover()
        else:
            calling.call(got)
    assert api.message(poison)["status"] == "held"
    assert api.message(other)["status"] == "submitted"
    assert Alarm.objects.filter(name="message_kills_workers").exists()
    assert api.message(poison)["held_because"]["cause"] == "message_kills_workers"
    held = Chunk.objects.get(state="held")
    assert held.claims == recovery.MOST_CLAIMS
    assert [recovery.release(held.pk), recovery.release(held.pk)] == [True, False]
    assert submit_all() == 1
    assert api.message(poison)["status"] == "submitted"


@pytest.mark.fault("D18")
def test_two_sweepers_settle_each_attempt_once(api, claimed):
    Attempt.objects.update(lease_until=LONG_AGO)
    assert [recovery.recover(), recovery.recover()] == [1, 0]


@pytest.mark.fault("E24")
def test_both_mids_of_a_long_text_are_kept(api, upstream, simulator, submit_all):
    simulator.script({"fault": "split_rows", "action": "send"})
    api.send()
    submit_all()
    assert states(api) == ["submitted"]
    assert ExtraMid.objects.count() == 1


@pytest.mark.fault("E22")
def test_numbers_nobody_sent_sound_an_alarm(api, upstream, simulator, submit_all):
    simulator.script({"fault": "rows_extra", "action": "send"})
    api.send()
    submit_all()
    assert Alarm.objects.filter(name="answer_named_other_numbers").exists()


@pytest.mark.fault("E26")
@pytest.mark.parametrize(
    ("mid", "status"), [("", "unknown"), (None, "unknown"), (12345, "submitted"), ("x" * 200, "submitted")]
)
def test_a_mid_of_any_form_is_kept_as_text_and_none_is_unknown(
    api, upstream, simulator, submit_all, mid, status
):
    simulator.script({"fault": "rows_with", "fields": {"mid": mid}, "action": "send"})
    message_id = api.send()
    submit_all()
    message = api.message(message_id)
    assert message["status"] == status
    assert message["mid"] == (str(mid) if status == "submitted" else None)
