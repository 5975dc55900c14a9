"""Bodies that are no sound JSON, or hold what is not ours to take (FAULTS A1, A2, A3, A11)."""

import time

import pytest

from messaging.models import QueuedSingle
from tests.api.mistakes import DEEP, GOOD, MANY, nothing_stored, raw, told

pytestmark = pytest.mark.django_db


@pytest.mark.fault("A1")
@pytest.mark.parametrize("path", ["messages", "batches"])
@pytest.mark.parametrize(
    "body", [b"", b" ", b"{", b"[]", b"to=1", b"\xff\xfe{}", b'{"to": "\xff"}', b"\xef\xbb\xbf"]
)
def test_what_is_no_json_object_is_refused(api, path, body):
    assert told(raw(api, body, path=path)) == (400, "invalid_json", [])
    assert nothing_stored()


@pytest.mark.fault("A2")
@pytest.mark.parametrize("path", ["messages", "batches"])
@pytest.mark.parametrize(
    "body",
    [
        b'{"to": NaN}', b'{"to": -Infinity}', b'{"to": "1", "to": "2"}', b'{"messages": [{"to": "1", "to": "2"}]}',
        DEEP, b'{"a":' * 100 + b"1" + b"}" * 100, b"[" * 1_000_000, b'{"to": ' + b"9" * 10_000 + b"}",
        b'{"to": -' + b"9" * 10_000 + b"}", b'{"to": 1' + b"0" * 10_000 + b".0e1}",
    ],
    ids=[
        "NaN", "Infinity", "twice", "twice within", "100 lists", "100 objects", "a million lists", "10,000 digits",
        "minus", "float",
    ],
)  # fmt: skip
def test_json_that_readers_disagree_about_is_refused_at_once(api, path, body):
    took = []
    for _ in range(3):  # the machine may do something else meanwhile
        began = time.perf_counter()
        answer = raw(api, body, path=path)
        took.append(time.perf_counter() - began)
    assert min(took) < 0.1
    assert answer.status_code in {400, 422}
    assert answer.json()["code"] == "invalid_json" or b".0e1" in body
    assert nothing_stored()


@pytest.mark.fault("A3")
@pytest.mark.parametrize("character", ["\x00", "\ud800", "\x1b", "\x07", "\x7f", "\x85"])
@pytest.mark.parametrize("field", ["content", "reference"])
def test_a_character_that_is_no_text_is_refused_where_it_stands(api, field, character):
    status, _code, pointers = told(raw(api, GOOD | {field: f"【Acme】a{character}b"}))
    assert (status, pointers) == (422, [f"/{field}"])
    entry = {"to": "13800000001", "content": "hi"} | {field: f"a{character}b"}
    status, _code, pointers = told(raw(api, {"messages": [entry]}, path="batches"))
    assert (status, pointers) == (422, ["/messages/0"])
    assert nothing_stored()


@pytest.mark.fault("A3")
@pytest.mark.parametrize("character", ["\x00", "\ud800", "\x1b[31m"])
def test_such_a_character_in_a_number_or_a_name_harms_nobody(api, character):
    bad = f"138{character}"
    assert told(raw(api, GOOD | {"to": bad}))[:2] == (422, "invalid_number") or character != "\x1b[31m"
    assert raw(api, GOOD | {bad: 1}).status_code == 422
    assert raw(api, {"messages": [GOOD | {bad: 1}]}, path="batches").status_code == 422
    answer = raw(api, MANY | {"to": ["13800000001", bad], "on_invalid": "skip"}, path="batches")
    assert answer.status_code == 202
    assert [entry["code"] for entry in answer.json()["rejected"]] == ["invalid_number"]
    assert character not in answer.json()["rejected"][0]["to"]
    assert api.get(f"batches/{answer.json()['id']}").json()["rejected"] == answer.json()["rejected"]


def test_a_number_of_a_million_characters_is_not_given_back(api):
    answer = raw(api, MANY | {"to": ["13800000001", "1" * 1_000_000], "on_invalid": "skip"}, path="batches")
    assert answer.status_code == 202
    assert len(answer.content) < 1000


@pytest.mark.fault("A11")
@pytest.mark.parametrize("field", ["status", "mid", "id", "application", "parts", "To", "", "a/b~c"])
def test_a_field_that_is_not_ours_to_set_is_refused(api, field):
    pointer = "/" + field.replace("~", "~0").replace("/", "~1")
    assert told(raw(api, GOOD | {field: "x"})) == (422, "unknown_field", [pointer])
    assert told(raw(api, MANY | {field: "x"}, path="batches")) == (422, "unknown_field", [pointer])
    answer = raw(api, {"messages": [GOOD | {field: "x"}]}, path="batches")
    assert told(answer) == (422, "unknown_field", [f"/messages/0{pointer}"])
    assert nothing_stored()


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"to": 13800000001}, "/to"), ({"to": True}, "/to"), ({"content": 4711}, "/content"),
        ({"reference": 42}, "/reference"), ({"extno": 10690}, "/extno"), ({"category": ["otp"]}, "/category"),
        ({"content": {"text": "hi"}}, "/content"), ({"content": None}, "/content"),
    ],
)  # fmt: skip
def test_a_value_of_another_kind_is_not_taken_for_one(api, change, pointer):
    status, _code, pointers = told(raw(api, GOOD | change))
    assert (status, pointers) == (422, [pointer])
    assert nothing_stored()


def test_what_was_refused_left_no_trace(api):
    raw(api, GOOD | {"to": "12"})
    assert nothing_stored()
    assert not QueuedSingle.objects.exists()
