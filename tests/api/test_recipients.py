"""Recipients, texts, times and extnos that can not be taken (FAULTS A4, A6 to A10, A12)."""

import time
from datetime import UTC, datetime, timedelta

import pytest

from accounts.models import ExtnoLease
from accounts.services import create_application
from messaging.models import Message
from tests.api.mistakes import GOOD, MANY, nothing_stored, numbers, raw, told

pytestmark = pytest.mark.django_db


@pytest.mark.fault("A4")
@pytest.mark.parametrize("form", ["to", "messages"])
def test_no_recipient_and_one_too_many_are_refused(api, form):
    def body(count):
        to = numbers(count)
        return MANY | {"to": to} if form == "to" else {"messages": [GOOD | {"to": number} for number in to]}

    assert told(raw(api, body(0), path="batches")) == (422, "no_recipients", [f"/{form}"])
    refused = raw(api, body(10_001), path="batches")
    assert told(refused) == (422, "too_many_recipients", [f"/{form}"])
    assert "10000" in refused.json()["detail"].replace(",", "")
    assert nothing_stored()


@pytest.mark.fault("A4")
@pytest.mark.parametrize("form", ["to", "messages"])
def test_ten_thousand_are_accepted_in_two_seconds(api, form):
    to = numbers(10_000)
    body = MANY | {"to": to} if form == "to" else {"messages": [GOOD | {"to": number} for number in to]}
    began = time.perf_counter()
    answer = raw(api, body, path="batches")
    assert time.perf_counter() - began < 2
    assert (answer.status_code, answer.json()["accepted"]) == (202, 10_000)


@pytest.mark.fault("A6")
@pytest.mark.parametrize("again", ["13800000001", "+8613800000001", "86 138-0000-0001", "0086 138 0000 0001"])
@pytest.mark.parametrize("form", ["to", "messages"])
def test_the_same_number_twice_gets_one_message(api, form, again):
    to = ["13800000001", "13800000002", again]
    body = MANY | {"to": to} if form == "to" else {"messages": [GOOD | {"to": number} for number in to]}
    assert told(raw(api, body, path="batches")) == (422, "duplicate_recipient", [f"/{form}/2"])
    assert nothing_stored()
    answer = raw(api, body | {"on_invalid": "skip"}, path="batches").json()
    assert answer["accepted"] == 2
    [refusal] = answer["rejected"]
    assert (refusal["index"], refusal["to"], refusal["code"]) == (2, again, "duplicate_recipient")
    assert sorted(Message.objects.values_list("mobile", flat=True)) == ["13800000001", "13800000002"]


@pytest.mark.fault("A7")
def test_bad_numbers_among_good_ones_refuse_all_or_are_skipped(api):
    to = [*numbers(50), *[f"12{n}" for n in range(150)]]
    status, _code, pointers = told(raw(api, MANY | {"to": to}, path="batches"))
    assert status == 422
    assert pointers == [f"/to/{index}" for index in range(50, 150)]
    assert nothing_stored()
    answer = raw(api, MANY | {"to": to, "on_invalid": "skip"}, path="batches").json()
    assert (answer["total"], answer["accepted"], len(answer["rejected"])) == (200, 50, 150)
    assert Message.objects.count() == 50


@pytest.mark.fault("A8")
@pytest.mark.parametrize(
    ("content", "code"),
    [
        ("", "empty_content"),
        ("  \t ", "empty_content"),
        ("\u3000", "empty_content"),
        ("a" * 1001, "content_too_long"),
    ],
)
@pytest.mark.parametrize("path", ["messages", "batches"])
def test_a_text_that_can_not_be_sent_is_refused(api, path, content, code):
    body = (GOOD if path == "messages" else MANY) | {"content": content}
    assert told(raw(api, body, path=path)) == (422, code, ["/content"])


@pytest.mark.fault("A8")
def test_a_text_that_is_too_long_is_told_in_parts(api):
    assert "15" in raw(api, GOOD | {"content": "a" * 1001}).json()["detail"]


@pytest.mark.fault("A8")
@pytest.mark.parametrize(
    ("content", "code"),
    [("hi", "signature_missing"), ("【Other】hi", "signature_unknown"), ("【Acme】😀", None)],
)
def test_a_signature_is_asked_for_where_the_account_checks_it(api, upstream, content, code):
    upstream.signatures.create(text="【Acme】")
    type(upstream).objects.update(signature_check=True)
    answer = raw(api, GOOD | {"content": content})
    if code is None:
        assert (answer.status_code, answer.json()["parts"]) == (202, 1)
    else:
        assert told(answer) == (422, code, ["/content"])
        assert "【Acme】" in answer.json()["detail"]


@pytest.mark.fault("A9")
def test_texts_with_breaks_and_marks_reach_each_number_as_they_are(api, upstream, simulator, submit_all):
    texts = [
        "【Acme】one#two",
        "【Acme】one\ntwo",
        "【Acme】one\r\ntwo",
        "【Acme】a,b;c|d&e=f%20+",
        "【Acme】#13800000009#x",
    ]
    entries = [{"to": f"1380000000{n}", "content": text} for n, text in enumerate(texts)]
    assert raw(api, {"messages": entries}, path="batches").status_code == 202
    submit_all()
    ledger = {row["mobile"]: row["content"] for row in simulator.ledger()}
    assert len(simulator.ledger()) == len(texts)
    assert [ledger[entry["to"]].splitlines() for entry in entries] == [text.splitlines() for text in texts]


NOW = datetime.now(UTC)


@pytest.mark.fault("A10")
@pytest.mark.parametrize("path", ["messages", "batches"])
@pytest.mark.parametrize(
    ("change", "code", "pointer"),
    [
        ({"send_at": "2020-01-01T00:00:00Z"}, "send_at_in_the_past", "/send_at"),
        ({"send_at": "2030-12-01T00:00:00"}, "no_offset", "/send_at"),
        ({"expires_at": "2030-12-01T00:00:00"}, "no_offset", "/expires_at"),
        ({"send_at": "9999-12-31T00:00:00Z"}, "send_at_too_far", "/send_at"),
        ({"send_at": "9999-12-31T23:59:59-14:00"}, "invalid", "/send_at"),
        ({"send_at": "0001-01-01T00:00:00+14:00"}, "invalid", "/send_at"),
        ({"send_at": 1764000000}, "invalid", "/send_at"),
        ({"send_at": "2026-13-01T00:00:00Z"}, "invalid", "/send_at"),
        ({"expires_at": "2020-01-01T00:00:00Z"}, "expires_before_sending", "/expires_at"),
        ({"expires_at": "tomorrow"}, "invalid", "/expires_at"),
        (
            {
                "send_at": (NOW + timedelta(days=2)).isoformat(),
                "expires_at": (NOW + timedelta(days=1)).isoformat(),
            },
            "expires_before_sending",
            "/expires_at",
        ),
    ],
)
def test_a_time_that_can_not_be_is_refused_with_its_reason(api, path, change, code, pointer):
    body = (GOOD if path == "messages" else MANY) | change
    assert told(raw(api, body, path=path)) == (422, code, [pointer])


@pytest.mark.fault("A10")
def test_a_deadline_in_the_year_9999_is_none_to_fear(api):
    assert raw(api, GOOD | {"expires_at": "9999-12-31T23:59:59-14:00"}).status_code in {202, 422}


@pytest.mark.fault("A12")
def test_somebody_elses_extno_looks_as_one_that_nobody_has(api, upstream):
    other = create_application("other", environment="sandbox")[0]
    ExtnoLease.objects.create(application=other, upstream_account=upstream, extno="10690777")
    bodies = []
    for extno in ("10690777", "99999999"):
        answer = raw(api, GOOD | {"extno": extno})
        assert told(answer) == (422, "unknown_extno", ["/extno"])
        bodies.append({**answer.json(), "request_id": None})
    assert bodies[0] == bodies[1]
    assert nothing_stored()
