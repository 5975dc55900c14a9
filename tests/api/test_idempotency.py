"""`Idempotency-Key`: the same request again is answered as before, and done once (FAULTS B)."""

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import time_machine
from cryptography.fernet import Fernet
from django.db import connection, connections, transaction
from django.db.models.functions import Now
from rest_framework.test import APIClient

from accounts.models import Application
from accounts.services import create_api_key, create_application
from messaging.models import Batch, IdempotencyKey, Message, QueuedSingle
from tests.clock import ahead

ONE = {"to": "13800000001", "content": "【Acme】4711"}
MANY = {"to": ["13800000001", "13800000002", "x"], "content": "【Acme】hi", "on_invalid": "skip"}
BODIES = pytest.mark.parametrize(
    ("path", "body"), [("messages", ONE), ("batches", MANY)], ids=["single", "batch"]
)


def post(api, path, body, key="k-1"):
    return api.post(path, body, **{"Idempotency-Key": key})


@pytest.mark.django_db
@BODIES
def test_the_same_again_gets_the_first_answer(api, path, body):
    first, second = post(api, path, body), post(api, path, body)
    assert (first.status_code, second.status_code) == (202, 202)
    assert first.content == second.content
    assert "Idempotent-Replayed" not in first
    assert second["Idempotent-Replayed"] == "true"
    assert Message.objects.count() == (1 if path == "messages" else 2)


@pytest.mark.django_db
@BODIES
def test_the_first_answer_is_what_reading_says(api, path, body):
    sent = post(api, path, body).json()
    read = api.get(f"{path}/{sent['id']}").json()
    read.pop("events", None)
    assert sent == read


@pytest.mark.django_db
@BODIES
def test_a_scheduled_one_says_so(api, path, body):
    moment = ahead(days=8)
    sent = post(api, path, body | {"send_at": moment}).json()
    assert sent == post(api, path, body | {"send_at": moment}).json()
    assert "scheduled" in str(sent)


@pytest.mark.django_db
@pytest.mark.fault("B3")
def test_the_order_of_names_and_blanks_say_nothing(api):
    first = post(api, "messages", ONE)
    text = json.dumps(dict(reversed(ONE.items())), indent=3)
    again = api.client.post(
        "/api/v1/messages", text, content_type="application/json", headers={"Idempotency-Key": "k-1"}
    )
    assert (again.status_code, again.content) == (202, first.content)


@pytest.mark.django_db
@pytest.mark.fault("B2")
@BODIES
def test_another_body_is_refused(api, path, body):
    post(api, path, body)
    before = Message.objects.count()
    answer = post(api, path, body | {"content": "【Acme】another"})
    assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_key_reused")
    assert Message.objects.count() == before


@pytest.mark.django_db
def test_a_key_counts_for_one_operation(api):
    post(api, "messages", ONE)
    assert post(api, "batches", MANY).status_code == 202


@pytest.mark.django_db
@pytest.mark.fault("B4")
def test_somebody_elses_key_is_another(api, call_as):
    post(api, "messages", ONE)
    other = call_as(create_application("other", environment="sandbox")[1])
    answer = other.post(
        "/api/v1/messages", ONE | {"content": "b"}, format="json", headers={"Idempotency-Key": "k-1"}
    )
    assert answer.status_code == 202
    assert "Idempotent-Replayed" not in answer


@pytest.mark.django_db
@pytest.mark.fault("B5")
def test_a_new_api_key_replays_too(api, call_as):
    first = post(api, "messages", ONE)
    rotated = call_as(create_api_key(Application.objects.get())[1])
    again = rotated.post("/api/v1/messages", ONE, format="json", headers={"Idempotency-Key": "k-1"})
    assert (again.content, again["Idempotent-Replayed"]) == (first.content, "true")


@pytest.mark.django_db
@pytest.mark.fault("B6")
@pytest.mark.parametrize("key", ["", " ", "x" * 256, "ключ", "a b", '"', '""', 'a"b', "a\tb"])
def test_what_is_no_key_is_refused(api, key):
    answer = post(api, "messages", ONE, key)
    assert (answer.status_code, answer.json()["code"]) == (400, "idempotency_key_invalid")
    assert not Message.objects.exists()


@pytest.mark.django_db
@pytest.mark.fault("B6")
@pytest.mark.parametrize("key", ["x", "x" * 255, "8e03978e-40d5-43e8-bc93-6894a57f9324", "!#~"])
def test_a_key_in_quotes_is_the_same_key(api, key):
    assert post(api, "messages", ONE, key).content == post(api, "messages", ONE, f'"{key}"').content


@pytest.mark.django_db
@pytest.mark.fault("B6")
@BODIES
def test_an_application_may_have_to_send_one(api, path, body):
    Application.objects.update(requires_idempotency_key=True)
    answer = api.post(path, body)
    assert (answer.status_code, answer.json()["code"]) == (400, "idempotency_key_missing")
    assert post(api, path, body).status_code == 202
    assert api.get(path if path == "messages" else "messages").status_code == 200


@pytest.mark.django_db
@pytest.mark.fault("B9")
def test_a_key_is_new_after_seven_days(api):
    first = post(api, "messages", ONE).json()["id"]
    almost = timedelta(days=7) - timedelta(minutes=1)
    IdempotencyKey.objects.update(created_at=Now() - almost)
    assert post(api, "messages", ONE).json()["id"] == first
    IdempotencyKey.objects.update(created_at=Now() - timedelta(days=7))
    second = post(api, "messages", ONE)
    assert (second.status_code, "Idempotent-Replayed" in second) == (202, False)
    assert second.json()["id"] != first
    assert post(api, "messages", ONE).content == second.content


@pytest.mark.django_db
@pytest.mark.fault("B10")
@BODIES
@pytest.mark.parametrize("mistake", [{"to": "12"}, {"content": ""}, {"nonsense": 1}, {"send_at": "never"}])
def test_what_was_refused_is_not_remembered(api, path, body, mistake):
    assert post(api, path, body | mistake).status_code == 422
    assert not IdempotencyKey.objects.exists()
    answer = post(api, path, body)
    assert (answer.status_code, "Idempotent-Replayed" in answer) == (202, False)


@pytest.mark.django_db
def test_a_replay_needs_no_valid_time_any_more(api):
    """A scheduled message is asked for again after its time: validated now, it would be refused."""
    body = ONE | {"send_at": ahead(days=8)}
    first = post(api, "messages", body)
    row = IdempotencyKey.objects.get()
    assert row.operation == "messages"
    with time_machine.travel(ahead(days=9), tick=True):
        again = post(api, "messages", body)
    assert again.content == first.content


@pytest.mark.django_db
def test_the_stored_answer_can_not_be_read_by_others(api):
    post(api, "messages", ONE)
    stored = bytes(IdempotencyKey.objects.get().answer)
    assert b"4711" not in stored
    assert b"13800000001" not in stored


@pytest.mark.django_db
def test_without_its_encryption_key_nothing_is_sent_twice(api, settings):

    first = post(api, "messages", ONE).json()["id"]
    settings.FIELD_ENCRYPTION_KEYS = [Fernet.generate_key().decode()]
    answer = post(api, "messages", ONE)
    assert (answer.status_code, answer.json()["code"]) == (409, "answer_unreadable")
    assert first in answer.json()["detail"]
    assert Message.objects.count() == 1


def parallel(key, path, body, count):
    """Answers to the same request, posted by many threads at the same moment."""
    ready = threading.Barrier(count)

    def one(_number):
        client = APIClient(HTTP_AUTHORIZATION=f"Bearer {key}")
        ready.wait()
        try:
            return client.post(f"/api/v1/{path}", body, format="json", headers={"Idempotency-Key": "k-1"})
        finally:
            connections.close_all()

    with ThreadPoolExecutor(count) as threads:
        return list(threads.map(one, range(count)))


@pytest.mark.django_db(transaction=True)
@pytest.mark.fault("B1")
@BODIES
@pytest.mark.parametrize("limited", [False, True], ids=["", "limited"])
def test_fifty_at_once_are_one(path, body, limited):
    _application, key = create_application("shop", environment="sandbox")
    Application.objects.update(limits_frequency=limited)
    found = parallel(key, path, body | {"category": "otp"}, 50)
    assert {answer.status_code for answer in found} == {202}, [
        a.content for a in found if a.status_code != 202
    ][:1]
    assert len({answer.content for answer in found}) == 1
    assert sum("Idempotent-Replayed" not in answer for answer in found) == 1
    assert Message.objects.count() == (1 if path == "messages" else 2)
    assert QueuedSingle.objects.count() == (1 if path == "messages" else 0)
    assert Batch.objects.count() == (0 if path == "messages" else 1)


@pytest.mark.django_db(transaction=True)
@pytest.mark.fault("B8")
def test_a_twin_that_waits_becomes_the_first_when_the_first_fails():
    application, key = create_application("shop", environment="sandbox")
    client = APIClient(HTTP_AUTHORIZATION=f"Bearer {key}")
    answers = []

    def twin():
        answers.append(
            client.post("/api/v1/messages", ONE, format="json", headers={"Idempotency-Key": "k-1"})
        )
        connections.close_all()

    waiting = threading.Thread(target=twin)
    try:
        with transaction.atomic():
            IdempotencyKey.objects.create(
                application=application, operation="messages", key="k-1", fingerprint=b"", answer=b"",
                subject_id="01980000-0000-7000-8000-000000000000",
            )  # fmt: skip
            waiting.start()
            wait_for_a_lock()
            raise RuntimeError
    except RuntimeError:
        waiting.join(20)
    assert answers[0].status_code == 202
    assert "Idempotent-Replayed" not in answers[0]
    assert Message.objects.count() == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.fault("B1")
@BODIES
def test_a_twin_that_waits_too_long_is_told_so(path, body, monkeypatch):
    application, key = create_application("shop", environment="sandbox")
    monkeypatch.setattr("messaging.once.TWIN_WAITS_MS", 200)
    with transaction.atomic():
        IdempotencyKey.objects.create(
            application=application, operation=path, key="k-1", fingerprint=b"", answer=b"",
            subject_id="01980000-0000-7000-8000-000000000000",
        )  # fmt: skip
        [answer] = parallel(key, path, body, 1)
        assert (answer.status_code, answer.json()["code"]) == (409, "request_in_progress")
        assert answer.json()["retry"] == "later"
    assert not Message.objects.exists()


def wait_for_a_lock():
    """Until somebody waits for what this transaction holds."""
    with connection.cursor() as cursor:
        for _ in range(1000):
            cursor.execute("SELECT pg_stat_clear_snapshot()")
            cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'")
            if cursor.fetchone()[0]:
                return
            cursor.execute("SELECT pg_sleep(0.01)")
    raise AssertionError("nobody waits")
