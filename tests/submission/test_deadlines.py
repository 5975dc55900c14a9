"""A one-time password whose time is over is never sent, wherever its time runs out."""

import time
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection

from messaging.models import Attempt, Chunk, Message, QueuedSingle
from messaging.services import expiry
from messaging.services.submission import calling, claim

pytestmark = [pytest.mark.django_db, pytest.mark.fault("E31")]

LONG_AGO = "2020-01-01T00:00:00Z"
IN_AN_HOUR = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
OTP = "otp"


@pytest.fixture
def otp(api, upstream):
    """Post a one-time password, or a batch of them, good for an hour."""

    def post(how, *numbers):
        rest = {"content": "【Acme】4711", "category": OTP, "expires_at": IN_AN_HOUR}
        if how == "batch":
            api.post("batches", {"to": list(numbers)} | rest)
        else:
            [api.post("messages", {"to": number} | rest) for number in numbers]

    return post


def time_runs_out(mobile=None):
    """It was good until long ago; what was read of it before says so too."""
    late = Message.objects.filter(mobile=mobile) if mobile else Message.objects.all()
    ids = list(late.values_list("pk", flat=True))
    late.update(expires_at=LONG_AGO)
    QueuedSingle.objects.filter(pk__in=ids).update(expires_at=LONG_AGO)
    Chunk.objects.update(expires_at=LONG_AGO)


def claim_until(moment):
    """Claim what is good until then, and stand still until it is over."""
    Message.objects.update(expires_at=moment)
    claimed = claim(OTP)
    with connection.cursor() as cursor:
        is_over = False
        while not is_over:
            time.sleep(0.01)
            cursor.execute("SELECT clock_timestamp() > %s", [moment])
            is_over = cursor.fetchone()[0]
    return claimed


def statuses():
    return dict(Message.objects.values_list("mobile", "state"))


@pytest.mark.parametrize("how", ["singles", "batch"])
def test_while_it_waits(otp, simulator, submit_all, how):
    otp(how, "13800000001", "13800000002")
    time_runs_out("13800000001")
    assert expiry.expire_due() == 1
    assert submit_all(OTP) == 1
    assert statuses() == {"13800000001": "expired", "13800000002": "submitted"}
    assert [row["mobile"] for row in simulator.ledger()] == ["13800000002"]


@pytest.mark.parametrize("how", ["singles", "batch"])
def test_at_the_claim(otp, simulator, submit_all, how):
    otp(how, "13800000001", "13800000002")
    time_runs_out("13800000001")
    assert submit_all(OTP) == 1
    assert statuses() == {"13800000001": "expired", "13800000002": "submitted"}
    assert [row["mobile"] for row in simulator.ledger()] == ["13800000002"]


@pytest.mark.parametrize("how", ["singles", "batch"])
def test_between_the_claim_and_the_call(otp, api, simulator, submit_all, how):
    otp(how, "13800000001")
    claimed = claim_until(datetime.now(UTC) + timedelta(seconds=0.3))
    assert calling.call(claimed) == "past_deadline"
    assert simulator.ledger() == []
    assert submit_all(OTP) == 0
    message = api.message(str(Message.objects.get().pk))
    assert (message["status"], message["code"]) == ("expired", None)
    told = [(event["status"], event["detail"]) for event in message["events"]]
    assert told == [("queued", None), ("submitting", None), ("queued", "past_deadline"), ("expired", None)]
    attempt = Attempt.objects.get()
    assert (attempt.state, attempt.reason, attempt.called_at) == ("not_sent", "past_deadline", None)


def test_the_others_of_its_call_go_without_it(otp, api, simulator, submit_all):
    otp("singles", "13800000001")
    api.send("13800000002", category=OTP)
    late = Message.objects.get(mobile="13800000001")
    claimed = claim_until(datetime.now(UTC) + timedelta(seconds=0.3))
    assert len(claimed.members) == 2
    Message.objects.exclude(pk=late.pk).update(expires_at=None)
    assert calling.call(claimed) == "past_deadline"
    assert submit_all(OTP) == 1
    assert statuses() == {"13800000001": "expired", "13800000002": "submitted"}
    assert [row["mobile"] for row in simulator.ledger()] == ["13800000002"]


def test_in_time_it_is_sent(otp, simulator, submit_all):
    otp("singles", "13800000001")
    assert calling.call(claim(OTP)) == "answered"
    assert len(simulator.ledger()) == 1


def test_an_attempt_that_somebody_else_settled_is_not_given_back(otp, simulator):
    otp("singles", "13800000001")
    claimed = claim_until(datetime.now(UTC) + timedelta(seconds=0.3))
    Attempt.objects.update(state="not_sent", reason="worker_lost")
    again = Chunk.objects.get().due_at
    assert calling.call(claimed) == "fenced"
    assert Chunk.objects.get().state == "submitting"
    assert Chunk.objects.get().due_at == again
    assert simulator.ledger() == []
    Chunk.objects.update(state="queued")
