"""Every mistake of a caller is a problem that says what to do."""

import json

import pytest
from rest_framework.test import APIClient

from accounts.models import ApiKey
from accounts.services import revoke_api_key
from messaging.models import Message

pytestmark = pytest.mark.django_db

GOOD = {"to": "13800000001", "content": "【Acme】hi"}


def raw(api, body, content_type="application/json"):
    return api.client.generic("POST", "/api/v1/messages", body, content_type=content_type)


@pytest.mark.parametrize(
    "header",
    [
        "",
        "Bearer",
        "Bearer nonsense",
        "Basic YTpi",
        "Bearer sgw_000000000000_" + "x" * 43,
        "sgw_x",
        "Bearer a b c",
    ],
)
def test_a_wrong_key_is_401_and_says_how_to_send_it(header):
    client = APIClient(HTTP_AUTHORIZATION=header) if header else APIClient()
    answer = client.post("/api/v1/messages", GOOD, format="json")
    assert answer.status_code == 401
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    assert answer.json()["code"] == "unauthenticated"
    assert answer.json()["retry"] == "after_fix"


def test_a_revoked_key_is_refused(api):
    revoke_api_key(ApiKey.objects.get().prefix)
    assert api.post("messages", GOOD).status_code == 401


@pytest.mark.parametrize(
    "body",
    [
        b"", b"{", b"[]", b"nonsense", b'{"to": NaN}', b'{"to": 1, "to": 2}', b'{"a": Infinity}', b"\xff\xfe",
        b'{"to": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", b'{"to": ' + b"1" * 10_000 + b"}", b'"text"', b"null",
    ],
)  # fmt: skip
def test_what_is_not_sound_json_is_400(api, body):
    answer = raw(api, body)
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_json")
    assert not Message.objects.exists()


def test_another_content_type_is_415(api):
    answer = raw(api, b"to=13800000001", "application/x-www-form-urlencoded")
    assert (answer.status_code, answer.json()["code"]) == (415, "unsupported_media_type")


def test_a_body_over_the_limit_is_413(api, settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000
    answer = raw(api, json.dumps(GOOD | {"content": "a" * 2000}).encode())
    assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")


@pytest.mark.parametrize(
    ("change", "code", "pointer"),
    [
        ({"to": "12"}, "invalid_number", "/to"),
        ({"to": ""}, "invalid_number", "/to"),
        ({"to": "１３８００００００01"}, "invalid_number", "/to"),
        ({"to": None}, "null", "/to"),
        ({"to": ["13800000001"]}, "invalid", "/to"),
        ({"content": ""}, "empty_content", "/content"),
        ({"content": "   "}, "empty_content", "/content"),
        ({"content": "a" * 1001}, "content_too_long", "/content"),
        ({"content": "a\x00b"}, "null_characters_not_allowed", "/content"),
        ({"content": "a\ud800b"}, "surrogate_characters_not_allowed", "/content"),
        ({"reference": "r" * 129}, "max_length", "/reference"),
        ({"reference": "a\x1bb"}, "control_characters", "/reference"),
        ({"category": "spam"}, "invalid_choice", "/category"),
        ({"status": "delivered"}, "unknown_field", "/status"),
        ({"mid": "1"}, "unknown_field", "/mid"),
        ({"extno": "10690999"}, "unknown_extno", "/extno"),
        ({"extno": "abc"}, "invalid", "/extno"),
        ({"send_at": "2020-01-01T00:00:00Z"}, "send_at_in_the_past", "/send_at"),
        ({"send_at": "2099-01-01T00:00:00"}, "no_offset", "/send_at"),
        ({"send_at": "9999-12-31T00:00:00Z"}, "send_at_too_far", "/send_at"),
        ({"send_at": "tomorrow"}, "invalid", "/send_at"),
        ({"expires_at": "2020-01-01T00:00:00Z"}, "expires_before_sending", "/expires_at"),
    ],
)
def test_a_field_that_cant_be_accepted_is_422_with_its_pointer(api, change, code, pointer):
    answer = raw(api, json.dumps(GOOD | change).encode())
    assert answer.status_code == 422, answer.content
    error = answer.json()["errors"][0]
    assert (error["code"], error["pointer"]) == (code, pointer)
    assert error["detail"]
    assert answer.json()["code"] == code
    assert not Message.objects.exists()


@pytest.mark.parametrize(
    ("path", "body", "said"),
    [
        ("messages", {"to": "13800000001"}, "`/content`: This field is required. Nothing was stored."),
        ("messages", GOOD | {"to": ["13800000001"]}, "`POST /api/v1/batches` takes many."),
        ("batches", GOOD, "`POST /api/v1/messages` takes one."),
        ("messages", GOOD | {"text": "hi"},
         "spelling: `category`, `extno`, `send_at`, `expires_at`, `to`, `content`, `reference`."),
        ("batches", {"messages": [GOOD | {"text": "hi"}]}, "`content`, `reference`, `to`."),
        ("batches", {"to": ["12", "13"], "content": "hi"},
         "2 things are wrong with this request; `errors` lists the first ones. Nothing was stored."),
    ],
)  # fmt: skip
def test_one_line_says_where_and_what_and_that_nothing_was_stored(api, path, body, said):
    answer = api.post(path, body)
    assert said in answer.json()["detail"]
    assert answer.json()["detail"].endswith("Nothing was stored.")
    assert not Message.objects.exists()


def test_several_mistakes_are_told_at_once(api):
    answer = api.post("messages", {"category": "spam", "nonsense": 1})
    assert answer.status_code == 422
    assert {e["pointer"] for e in answer.json()["errors"]} >= {"/nonsense"}


def test_an_address_that_is_none_is_a_problem_too(api):
    answer = api.get("mesages")
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


@pytest.mark.parametrize("path", ["messages/1", "batches/nonsense", "codes/NONE/1"])
def test_an_unknown_id_is_404(api, path):
    assert api.get(path).json()["code"] == "not_found"


def test_a_method_that_is_not_there_is_405(api):
    assert api.client.delete("/api/v1/messages").json()["code"] == "method_not_allowed"


def test_the_request_id_is_the_callers_or_ours_and_is_in_header_and_body(api):
    given = api.get("messages/1", **{"X-Request-ID": "abc-1"})
    assert given.headers["X-Request-ID"] == given.json()["request_id"] == "abc-1"
    forged = api.get("messages/1", **{"X-Request-ID": "a\x1b[31m"})
    assert forged.headers["X-Request-ID"] == forged.json()["request_id"] != "a\x1b[31m"


def test_problems_speak_the_callers_language(api):
    answer = api.post("messages", GOOD | {"to": "12"}, **{"Accept-Language": "zh-hans"})
    assert "手机号" in answer.json()["detail"]
