"""Guards that an application can ask for: how often a number gets something, and the same text again."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, connections
from rest_framework.test import APIClient

from accounts.models import Application
from accounts.services import create_application
from messaging.frequency import forget_old
from messaging.models import Message, RecentSend

OTP = {"to": "13800000001", "content": "【Acme】4711", "category": "otp"}


@pytest.fixture
def limited(api):
    Application.objects.update(limits_frequency=True)
    return api


def ago(seconds):
    """Let what was sent so far have been sent so long ago."""

    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE messaging_recentsend SET times = ARRAY(SELECT t - make_interval(secs => %s) FROM unnest(times) t)",
            [seconds],
        )


@pytest.mark.django_db
def test_nobody_is_limited_unasked(api):
    assert [api.post("messages", OTP).status_code for _ in range(3)] == [202] * 3
    assert not RecentSend.objects.exists()


@pytest.mark.django_db
def test_one_code_a_minute(limited):
    assert limited.post("messages", OTP).status_code == 202
    answer = limited.post("messages", OTP)
    assert (answer.status_code, answer.json()["code"], answer.json()["retry"]) == (
        429,
        "frequency_exceeded",
        "later",
    )
    assert 55 <= int(answer["Retry-After"]) <= 60
    assert answer.json()["errors"][0]["pointer"] == "/to"
    assert Message.objects.count() == 1
    ago(61)
    assert limited.post("messages", OTP).status_code == 202


@pytest.mark.django_db
def test_five_an_hour_and_ten_a_day(limited):
    sent = []
    for _ in range(12):
        sent.append(limited.post("messages", OTP).status_code)
        ago(61)
    assert sent == [202] * 5 + [429] * 7
    ago(3600)
    for _ in range(6):
        sent.append(limited.post("messages", OTP).status_code)
        ago(61)
    assert sent[12:] == [202] * 5 + [429]
    ago(3600)
    answer = limited.post("messages", OTP)
    assert answer.status_code == 429
    assert 70_000 < int(answer["Retry-After"]) < 86_400


@pytest.mark.django_db
def test_other_numbers_categories_and_applications_are_free(limited, call_as):
    limited.post("messages", OTP)
    assert limited.post("messages", OTP | {"to": "13800000002"}).status_code == 202
    assert limited.post("messages", OTP | {"category": "notification"}).status_code == 202
    other = call_as(create_application("other", environment="sandbox")[1])
    Application.objects.update(limits_frequency=True)
    assert other.post("/api/v1/messages", OTP, format="json").status_code == 202


@pytest.mark.django_db
def test_a_batch_is_refused_whole_or_sent_to_the_others(limited):
    limited.post("messages", OTP)
    batch = {"to": ["13800000002", "13800000001"], "content": "【Acme】4711", "category": "otp"}
    refused = limited.post("batches", batch)
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (429, "/to/1")
    accepted = limited.post("batches", batch | {"on_invalid": "skip"}).json()
    assert (accepted["accepted"], accepted["rejected"][0]["code"]) == (1, "frequency_exceeded")
    assert accepted["rejected"][0]["index"] == 1
    assert limited.post("batches", batch | {"on_invalid": "skip"}).status_code == 429


@pytest.mark.django_db(transaction=True)
def test_of_twenty_at_once_one_passes():
    _application, key = create_application("shop", environment="sandbox")
    Application.objects.update(limits_frequency=True)

    def one(_number):
        client = APIClient(HTTP_AUTHORIZATION=f"Bearer {key}")
        try:
            return client.post("/api/v1/messages", OTP, format="json").status_code
        finally:
            connections.close_all()

    with ThreadPoolExecutor(20) as threads:
        assert sorted(threads.map(one, range(20))) == [202] + [429] * 19
    assert Message.objects.count() == 1


@pytest.mark.django_db
def test_what_no_limit_looks_back_to_is_forgotten(limited):
    limited.post("messages", OTP)
    assert forget_old(100) == 0
    ago(86_401)
    assert forget_old(100) == 1
    assert not RecentSend.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["messages", "batches"])
def test_the_same_text_again_is_mentioned_where_asked_for(api, path, settings):
    settings.REMEMBER_SECONDS = 0
    body = {
        "to": "13800000001" if path == "messages" else ["13800000001", "13800000002"],
        "content": "【A】hi",
    }
    first = api.send(content="【A】hi")
    assert "warnings" not in api.post(path, body).json()
    Application.objects.update(same_content_seconds=600)
    Message.objects.exclude(pk=first).delete()
    [warning] = api.post(path, body).json()["warnings"]
    assert (warning["code"], warning["to"], warning["message"]) == ("same_content", "13800000001", first)
    assert "warnings" not in api.post("messages", {"to": "13800000001", "content": "【A】another"}).json()
