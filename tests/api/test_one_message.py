"""Accepting and showing one message."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from accounts.services import create_application
from messaging.models import Event, Message, QueuedSingle

pytestmark = pytest.mark.django_db


def test_the_answer_has_the_shape_that_others_rely_on(api):
    answer = api.post(
        "messages",
        {"to": "13800000001", "content": "【Acme】4711", "category": "otp", "reference": "order-42"},
    )
    assert answer.status_code == 202
    body = answer.json()
    assert body.pop("id")
    assert body.pop("created_at").endswith("Z")
    # Without an upstream account it waits, and says why.
    assert body.pop("held_because")["cause"] == "no_route"
    assert body == {
        "status": "queued", "to": "13800000001", "content": "【Acme】4711", "category": "otp",
        "reference": "order-42", "extno": None, "parts": 1, "batch": None, "account": None, "mid": None,
        "code": None, "certain": True, "send_at": None, "expires_at": None, "submitted_at": None,
        "final_at": None, "is_final": False, "possible_duplicate": False, "resend_of": None, "resent_as": None,
    }  # fmt: skip


@pytest.mark.parametrize(
    "written", ["13800000001", "+86 138-0000-0001", "86 13800000001", "0086 138 0000 0001"]
)
def test_a_number_is_answered_as_eleven_digits(api, written):
    assert api.post("messages", {"to": written, "content": "【Acme】hi"}).json()["to"] == "13800000001"


@pytest.mark.parametrize(
    ("content", "parts"),
    [("a" * 70, 1), ("a" * 71, 2), ("a" * 134, 2), ("a" * 135, 3), ("😀" * 35, 1), ("😀" * 36, 2)],
)
def test_parts_are_counted_as_carriers_bill_them(api, content, parts):
    assert api.post("messages", {"to": "13800000001", "content": content}).json()["parts"] == parts


def test_it_is_stored_with_its_event_before_it_is_answered(api):
    message_id = api.send()
    assert Message.objects.filter(pk=message_id).exists()
    assert QueuedSingle.objects.filter(pk=message_id).exists()
    assert Event.objects.get(pk=message_id).message_ids == [Message.objects.get().pk]


def test_category_is_notification_unless_said(api):
    assert api.message(api.send())["category"] == "notification"


def test_a_message_shows_what_happened_to_it(api):
    events = api.message(api.send())["events"]
    assert [(event["type"], event["status"]) for event in events] == [("message.accepted", "queued")]


def test_a_message_for_later_is_scheduled(api):
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    answer = api.post("messages", {"to": "13800000001", "content": "hi", "send_at": tomorrow.isoformat()})
    assert answer.json()["status"] == "scheduled"


def test_somebody_elses_message_is_not_found(api):
    other = type(api)(create_application("other", environment="sandbox")[1])
    missing, foreign = api.get(f"messages/{uuid4()}"), api.get(f"messages/{other.send()}")
    assert missing.status_code == foreign.status_code == 404
    same = ("type", "title", "status", "code", "detail", "errors", "retry")
    assert [missing.json()[name] for name in same] == [foreign.json()[name] for name in same]
