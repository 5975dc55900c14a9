"""Quotas, as callers meet them: a request is accepted as a whole and charged once, or refused and not charged."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

import pytest
from django.db import IntegrityError, OperationalError, connection, connections
from rest_framework.test import APIClient

from accounts.models import Application, QuotaUse
from accounts.services import create_application
from messaging.models import Message
from messaging.services import intake
from tests.simulator.process import eventually

pytestmark = [pytest.mark.usefixtures("own_quota_units"), pytest.mark.fault("C2")]

GOOD = {"to": "13800000001", "content": "【Acme】hi"}


def limit(daily=None, monthly=None, **more):
    Application.objects.update(daily_quota=daily, monthly_quota=monthly, **more)


def batch(count, first=0):
    return {
        "to": [f"138{number:08d}" for number in range(first, first + count)],
        "content": "【Acme】hi",
    }


def used():
    return QuotaUse.objects.get().used_today


@pytest.mark.django_db
def test_a_used_up_quota_says_which_how_much_and_until_when(api):
    limit(daily=3)
    answers = [api.post("messages", GOOD) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [202] * 3 + [429]
    problem = answers[3].json()
    assert (problem["code"], problem["retry"]) == ("quota_exceeded", "later")
    told = "daily quota of 3 messages has 0 left, and this request has 1. Nothing was stored."
    assert told in problem["detail"]
    seconds = int(answers[3]["Retry-After"])
    assert 0 < seconds <= 86_400
    assert f"in {seconds} seconds" in problem["detail"]
    anew = datetime.fromisoformat(problem["detail"].partition("anew at ")[2].partition(",")[0])
    assert (anew.hour, anew.minute) == (16, 0)  # midnight in Shanghai
    assert Message.objects.count() == 3


@pytest.mark.django_db
def test_a_batch_that_does_not_fit_is_refused_whole(api):
    limit(monthly=10)
    assert api.post("batches", batch(8)).status_code == 202
    refused = api.post("batches", batch(5, 100))
    assert (refused.status_code, refused.json()["code"]) == (429, "quota_exceeded")
    assert "monthly quota of 10 messages has 2 left, and this request has 5" in refused.json()["detail"]
    assert Message.objects.count() == used() == 8
    assert api.post("batches", batch(2, 200)).status_code == 202
    assert api.post("messages", GOOD).status_code == 429
    assert Message.objects.count() == used() == 10


@pytest.mark.django_db
def test_a_request_that_never_fits_is_not_to_be_sent_again(api):
    limit(daily=10)
    problem = api.post("batches", batch(11)).json()
    assert (problem["code"], problem["retry"]) == ("quota_exceeded", "after_fix")
    assert "Send fewer at once" in problem["detail"]


@pytest.mark.django_db
def test_only_accepted_recipients_are_charged(api):
    limit(daily=2)
    given = {
        "to": ["12", "13800000001", "13800000001", "13800000002"],
        "content": "【A】hi",
        "on_invalid": "skip",
    }
    assert api.post("batches", given).json()["accepted"] == 2
    assert used() == 2


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["messages", "batches"])
def test_a_request_that_is_refused_for_another_reason_is_not_charged(api, path):
    limit(daily=10, limits_frequency=True)
    body = GOOD if path == "messages" else batch(3)
    body = body | {"category": "otp"}
    assert api.post(path, body).status_code == 202
    charged = used()
    assert api.post(path, body | {"to": "12" if path == "messages" else ["12"]}).status_code == 422
    assert api.post(path, body).json()["code"] == "frequency_exceeded"
    assert used() == charged == Message.objects.count()


@pytest.mark.django_db
def test_a_replay_is_not_charged(api):
    limit(daily=1)
    first = api.post("messages", GOOD, **{"Idempotency-Key": "k"})
    again = api.post("messages", GOOD, **{"Idempotency-Key": "k"})
    assert (first.status_code, again.status_code, again["Idempotent-Replayed"]) == (202, 202, "true")
    assert used() == 1
    assert api.post("messages", GOOD, **{"Idempotency-Key": "other"}).status_code == 429


def at_once(key, bodies, **headers):
    def one(body):
        client = APIClient(HTTP_AUTHORIZATION=f"Bearer {key}")
        path = "batches" if isinstance(body["to"], list) else "messages"
        try:
            return client.post(f"/api/v1/{path}", body, format="json", headers=headers).status_code
        finally:
            connections.close_all()

    with ThreadPoolExecutor(25) as threads:
        return list(threads.map(one, bodies))


@pytest.mark.django_db(transaction=True)
def test_many_at_once_get_exactly_the_quota():
    key = create_application("shop", environment="sandbox")[1]
    limit(daily=40)
    statuses = at_once(key, [batch(7, 10 * number) if number % 2 else GOOD for number in range(50)])
    assert set(statuses) == {202, 429}
    eventually(lambda: used() == Message.objects.count())
    assert 40 - 7 < used() <= 40
    left = 40 - used()
    assert at_once(key, [GOOD] * 10).count(202) == left
    assert used() == Message.objects.count() == 40


@pytest.mark.django_db(transaction=True)
def test_fifty_twins_are_charged_once():
    key = create_application("shop", environment="sandbox")[1]
    limit(daily=1_000_000)
    statuses = at_once(key, [GOOD] * 50, **{"Idempotency-Key": "k"})
    assert statuses == [202] * 50
    assert Message.objects.count() == 1
    eventually(lambda: used() == 1)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("path", ["messages", "batches"])
def test_what_was_not_stored_is_not_charged(path, monkeypatch, call_as):
    client = call_as(create_application("shop", environment="sandbox")[1])
    client.raise_request_exception = False
    limit(daily=3)
    body = GOOD if path == "messages" else batch(3)
    for error, status in ((OperationalError, 503), (IntegrityError, 500)):

        def fail(*_given, kind=error, **_named):
            raise kind

        with monkeypatch.context() as patched:
            patched.setattr(intake, "store_single", fail)
            patched.setattr(intake, "store_batch", fail)
            assert client.post(f"/api/v1/{path}", body, format="json").status_code == status
    assert client.post(f"/api/v1/{path}", body, format="json").status_code == 202
    eventually(lambda: used() == Message.objects.count())


@pytest.mark.django_db(transaction=True)
def test_a_try_that_may_have_stored_stays_charged(monkeypatch, call_as):
    """The connection is cut after the commit: the second try finds it stored, and is not charged."""
    client = call_as(create_application("shop", environment="sandbox")[1])
    limit(daily=5)
    real, tries = intake.store_single, []

    def cut(*given, **named):
        found = real(*given, **named)
        tries.append(1)
        if len(tries) == 1:
            connection.connection.close()
            raise OperationalError
        return found

    monkeypatch.setattr(intake, "store_single", cut)
    assert client.post("/api/v1/messages", GOOD, format="json").status_code == 202
    assert Message.objects.count() == 1
    eventually(lambda: used() == 1)


@pytest.mark.django_db
def test_a_resend_is_charged(api):
    limit(daily=2)
    message = api.send()
    Message.objects.filter(pk=message).update(state="unknown")
    assert api.post(f"messages/{message}/resend", None).status_code == 202
    assert used() == 2
    Message.objects.filter(pk=message).update(resent_as=None)
    refused = api.post(f"messages/{message}/resend", None)
    assert (refused.status_code, refused.json()["code"]) == (429, "quota_exceeded")
    assert Message.objects.count() == used() == 2
