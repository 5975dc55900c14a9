"""An application may ask that what is unknown for so many seconds is sent again by itself; once."""

from uuid import uuid4

import pytest

from accounts.models import Application
from messaging.models import Attempt, Message
from messaging.services import resending
from messaging.services.resending import resend_by_policy

pytestmark = pytest.mark.django_db

HOUR = 3600


@pytest.fixture
def unknown(api, upstream, simulator, submit_all):
    simulator.script({"fault": "drop_after_accept", "action": "send", "times": 1})
    message_id = api.send()
    submit_all()
    assert api.message(message_id)["status"] == "unknown"
    return message_id


def bear(seconds):
    Application.objects.update(resend_unknown_after_seconds=seconds)


def test_without_a_policy_nothing_is_ever_sent_again(unknown, submit_all, pass_hours):
    pass_hours(48)
    assert resend_by_policy() == []
    assert submit_all() == 0


def test_with_a_policy_it_is_sent_again_once_after_its_time(api, unknown, simulator, submit_all, pass_hours):
    bear(HOUR)
    assert resend_by_policy() == []
    pass_hours(1.1)
    assert resend_by_policy() == ["notification"]
    assert resend_by_policy() == []
    assert submit_all() == 1
    old = api.message(unknown)
    assert old["possible_duplicate"]
    assert api.message(old["resent_as"])["status"] == "submitted"
    assert len(simulator.ledger()) == 2


def test_a_policy_of_another_application_does_not_count(unknown, shop_of_others, pass_hours):
    Application.objects.filter(pk=shop_of_others.pk).update(resend_unknown_after_seconds=0)
    pass_hours(1)
    assert resend_by_policy() == []


@pytest.fixture
def shop_of_others(db):
    return Application.objects.create(name="other", environment="sandbox")


def test_a_number_that_the_answer_left_out_is_among_them(api, upstream, simulator, submit_all, pass_hours):
    bear(0)
    simulator.script({"fault": "rows_missing", "times": 1})
    api.post("batches", {"to": ["13800000001", "13800000002"], "content": "hi"})
    submit_all()
    assert resend_by_policy() == ["notification"]
    assert sorted(Message.objects.filter(resend_of=None).values_list("state", "possible_duplicate")) == [
        ("submitted", False),
        ("unknown", True),
    ]


@pytest.mark.parametrize("state", ["submitted", "delivered"])
def test_what_turned_out_meanwhile_is_not_sent_again(unknown, state):
    bear(0)
    Message.objects.update(state=state, mid="1")
    assert resend_by_policy() == []


@pytest.mark.parametrize(
    "why", [{"resent_as": uuid4()}, {"expires_at": "2020-01-01T00:00:00Z"}], ids=" ".join
)
def test_what_may_not_be_resent_does_not_keep_others_waiting(
    api, unknown, simulator, submit_all, monkeypatch, why
):
    bear(0)
    monkeypatch.setattr(resending, "AT_A_TIME", 1)
    Message.objects.filter(pk=unknown).update(**why)
    simulator.script({"fault": "drop_after_accept", "action": "send", "times": 1})
    behind = api.send("13800000002")
    submit_all()
    assert resend_by_policy() == ["notification"]
    assert api.message(behind)["resent_as"]


def test_nothing_is_sent_again_after_its_deadline(unknown):
    bear(0)
    Message.objects.update(expires_at="2020-01-01T00:00:00Z")
    assert resend_by_policy() == []


def test_what_a_restored_backup_made_unknown_waits_for_a_person(unknown):
    bear(0)
    Attempt.objects.update(reason="restored")
    assert resend_by_policy() == []


def test_a_resend_that_is_unknown_again_is_left_to_a_person(api, unknown, simulator, submit_all):
    bear(0)
    assert resend_by_policy() == ["notification"]
    simulator.script({"fault": "drop_after_accept", "action": "send", "times": 1})
    assert submit_all() == 1
    second = Message.objects.exclude(resend_of=None).get()
    assert (second.state, second.resent_as) == ("unknown", None)
    assert resend_by_policy() == []
    assert api.post(f"messages/{second.pk}/resend", None).status_code == 202
