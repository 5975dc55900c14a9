"""Every mistake is explained in the language of `Accept-Language`, in words that say what to do."""

import pytest
from rest_framework.test import APIClient

from tests.api.mistakes import GOOD, MANY, raw, told

pytestmark = pytest.mark.django_db

POSTED = [
    b"", b"{", b"[]", b'{"to": NaN}', {}, GOOD | {"to": 1}, GOOD | {"to": ""}, GOOD | {"to": "x"}, GOOD | {"a": 1},
    GOOD | {"content": ""}, GOOD | {"content": None}, GOOD | {"content": "a\x00"}, GOOD | {"content": "a\ud800"},
    GOOD | {"content": "a" * 1001}, GOOD | {"reference": "a" * 200}, GOOD | {"reference": "\x07"},
    GOOD | {"category": "x"}, GOOD | {"category": None}, GOOD | {"send_at": "2020-01-01T00:00:00Z"},
    GOOD | {"send_at": "2030-12-01T00:00:00"}, GOOD | {"send_at": 1}, GOOD | {"send_at": "2099-01-01T00:00:00Z"},
    GOOD | {"expires_at": "2020-01-01T00:00:00Z"}, GOOD | {"extno": "x"}, GOOD | {"extno": "1"},
]  # fmt: skip
BATCHES = [
    {}, MANY | {"to": "x"}, MANY | {"to": []}, MANY | {"to": [1]}, MANY | {"content": None}, MANY | {"to": ["1", "2"]},
    MANY | {"messages": []}, {"to": ["13800000001"]}, {"messages": [1]}, {"messages": [{}]}, {"messages": {}},
    {"messages": [GOOD | {"x": 1}]}, {"messages": [GOOD], "content": "x"}, {"messages": [GOOD, GOOD]},
    {"messages": [{"to": "13800000001"}]}, MANY | {"on_invalid": "x"},
]  # fmt: skip
READ = [
    "messages?limit=x", "messages?x=1", "messages?status=x", "messages?to=x", "messages?batch=x", "messages?cursor=x",
    "messages?created_after=x", "messages?reference=%00", "balance?x=1", "codes?table=x", "messages/1", "nowhere",
    "codes/NONE/1", "messages/019a0d2e-7c1b-7e3a-9f4e-0d6c2b1a9f00", "messages/",
]  # fmt: skip
HEADERS = [
    {"content_type": "text/plain"}, {"Accept": "text/html"}, {"method": "DELETE"}, {"method": "OPTIONS"},
    {"Idempotency-Key": " "}, {"Authorization": ""}, {"Authorization": "Basic YTpi"}, {"Authorization": "Bearer x"},
]  # fmt: skip


def all_told(answer):
    """Every text of a problem."""
    assert told(answer)[0] >= 400
    return [answer.json()["detail"], *(error["detail"] for error in answer.json()["errors"])]


def in_chinese(text):
    """Whether it is, but for names in it."""
    return any("\u4e00" <= letter <= "\u9fff" for letter in text)


@pytest.fixture(params=["en", "zh-hans"])
def language(api, request):
    api.client.defaults["HTTP_ACCEPT_LANGUAGE"] = request.param
    return request.param


def explained(answer, language):
    assert [text for text in all_told(answer) if in_chinese(text) != (language != "en")] == []


@pytest.mark.parametrize("body", POSTED, ids=str)
def test_a_message_that_is_refused(api, language, body):
    explained(raw(api, body), language)


@pytest.mark.parametrize("body", BATCHES, ids=str)
def test_a_batch_that_is_refused(api, language, body):
    explained(raw(api, body, path="batches"), language)


@pytest.mark.parametrize("path", READ)
def test_a_question_that_can_not_be_answered(api, language, path):
    explained(api.get(path), language)


@pytest.mark.parametrize("change", HEADERS, ids=str)
def test_a_request_that_is_not_understood(api, language, change):
    if "Authorization" in change:
        api.client = APIClient(HTTP_ACCEPT_LANGUAGE=language)
    explained(raw(api, GOOD, **change), language)


@pytest.mark.parametrize(
    ("language", "chinese"),
    [
        ("zh-CN,zh;q=0.9,en;q=0.8", True),
        ("zh", True),
        ("fr, en;q=0.1", False),
        ("", False),
        ("\x00;q=x,,", False),
    ],
)
def test_what_programs_and_browsers_send_as_a_language(api, language, chinese):
    answer = raw(api, b"{", **{"Accept-Language": language})
    assert in_chinese(answer.json()["detail"]) is chinese
