"""The lean way and the long way answer the same; only plain posts that may go the lean one do."""

import pytest
from django.db import OperationalError
from django.test import Client

from accounts.models import Application
from accounts.services import revoke_api_key
from messaging.api import lean
from messaging.models import Message

pytestmark = pytest.mark.django_db

GOOD = '{"to": "13800000001", "content": "【Acme】4711", "reference": "r"}'
BODIES = [
    GOOD,
    '{"to": "12", "content": ""}',
    '{"to": "13800000001", "content": "hi", "text": "x"}',
    '{"to": "13800000001"}',
    "{",
    "[]",
    '{"to": "13800000001", "content": "\\u0000"}',
    '{"to": "13800000001", "to": "13800000001", "content": "hi"}',
    '{"to": "13800000001", "content": "hi", "extno": "77"}',
    '{"to": "13800000001", "content": "hi", "send_at": "2020-01-01T00:00:00Z"}',
]


@pytest.fixture
def ways(monkeypatch):
    """Counts the requests that went the lean way."""
    taken = []
    real = lean.LeanMessages._post
    monkeypatch.setattr(
        lean.LeanMessages, "_post", lambda self, request: taken.append(1) or real(self, request)
    )
    return taken


def post(api, body=GOOD, path="/api/v1/messages", content_type="application/json", **headers):
    return api.client.post(path, body, content_type=content_type, headers=headers)


@pytest.mark.parametrize("body", BODIES)
@pytest.mark.parametrize("headers", [{}, {"Idempotency-Key": "k-1"}], ids=["", "key"])
def test_both_ways_answer_the_same(api, ways, body, headers):
    short = post(api, body, **headers)
    assert ways == [1]
    Message.objects.all().delete()
    long = post(api, body, **{"Accept-Language": "en"} | headers)
    assert ways == [1]
    assert short.status_code == long.status_code
    assert short.json().keys() == long.json().keys()
    for name in short.json().keys() - {"id", "created_at", "request_id"}:
        assert short.json()[name] == long.json()[name]
    different = {
        "Content-Language",
        "Vary",
        "Allow",
        "Idempotent-Replayed",
        "X-Frame-Options",
        "X-Request-ID",
    }
    assert dict(short.items()).keys() - different == dict(long.items()).keys() - different
    assert short["Content-Type"] == long["Content-Type"]


@pytest.mark.parametrize(
    "request_of",
    [
        lambda api: post(api, **{"Accept-Language": "zh-hans"}),
        lambda api: post(api, Accept="text/html"),
        lambda api: post(api, content_type="application/json; charset=utf-8"),
        lambda api: post(api, path="/api/v1/messages?x=1"),
        lambda api: post(api, path="/api/v1/messages/"),
        lambda api: post(api, " " * 70_000 + GOOD),
        lambda api: post(api, ""),
        lambda api: api.client.get("/api/v1/messages"),
        lambda api: api.client.put("/api/v1/messages", GOOD, content_type="application/json"),
        lambda api: post(api, path="/api/v1/batches"),
    ],
)
def test_what_is_not_plain_goes_the_long_way(api, ways, request_of):
    request_of(api)
    assert not ways


@pytest.mark.parametrize("key", ["", "Bearer", "Bearer sgw_0123456789ab_" + "x" * 43, "Basic eDp5"])
def test_whoever_may_not_call_goes_the_long_way(api, ways, key):
    answer = Client().post(
        "/api/v1/messages", GOOD, content_type="application/json", headers={"Authorization": key}
    )
    assert (answer.status_code, answer["WWW-Authenticate"], ways) == (401, 'Bearer realm="smsgateway"', [])


def test_a_revoked_key_may_not_call(api, ways, settings):
    settings.REMEMBER_SECONDS = 0
    revoke_api_key(Application.objects.get().api_keys.get().prefix)
    assert (post(api).status_code, ways) == (401, [])


def test_a_host_that_is_not_ours_is_refused(api, settings):
    settings.ALLOWED_HOSTS = ["sms.example"]
    assert post(api, Host="evil.example").status_code == 400
    assert not Message.objects.exists()


def test_the_language_of_the_caller_before_is_not_spoken(api):
    chinese = post(api, '{"to": "12", "content": "hi"}', **{"Accept-Language": "zh-hans"}).json()["detail"]
    english = post(api, '{"to": "12", "content": "hi"}').json()["detail"]
    assert chinese != english
    assert english.isascii()


def test_a_database_that_goes_away_after_the_storing_does_not_make_it_undone(api, upstream, monkeypatch):
    """Told that it was not stored, the caller sends a second SMS."""

    def away(*_arguments):
        raise OperationalError

    upstream.is_active = False
    upstream.save()
    monkeypatch.setattr("messaging.api.views.Restraints.in_force", away)
    assert post(api).status_code == 202
