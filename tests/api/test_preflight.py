"""What would become of a request, asked before it is sent or together with it."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Application, ExtnoLease, Route, Signature
from accounts.services import change_upstream_account, create_application, create_upstream_account
from messaging import backlog, holding
from messaging.models import Batch, Chunk, Event, Hold, IdempotencyKey, Message, QueuedSingle, RecentSend

pytestmark = pytest.mark.django_db

GOOD = {"to": "13800000001", "content": "【Acme】4711"}
EVERYTHING_STORED = (Message, Batch, Chunk, QueuedSingle, Event, RecentSend, IdempotencyKey)


def check(api, body):
    answer = api.post("messages/check", body)
    assert answer.status_code == 200, answer.content
    return answer.json()


def check_one(api, **more):
    return check(api, GOOD | more)


def codes(block):
    return [(problem["pointer"], problem["code"]) for problem in block["problems"]]


def soon(**delta):
    return (datetime.now(UTC) + timedelta(**delta)).isoformat()


# The block


def test_the_block_has_the_shape_that_others_rely_on(api, upstream):
    change_upstream_account(upstream, {"price_per_part": 45})
    assert check_one(api) == {
        "total": 1, "accepted": 1, "parts": 1, "characters": 10, "cost": 45, "unit": "0.001 CNY",
        "carrier": "mobile", "carriers": {"mobile": 1}, "account": "simulator",
        "signature": {"text": "【Acme】", "present": True, "known": None},
        "hazards": [], "problems": [], "holds": [],
        "estimate": {"at": None, "seconds": None, "reason": "nothing_measured", "due_messages": 0,
                     "messages_per_second": None},
    }  # fmt: skip


def test_nothing_is_stored_and_nothing_counted(api, upstream):
    Application.objects.update(limits_frequency=True, requires_idempotency_key=True)
    for _time in range(3):
        assert check_one(api, category="otp")["accepted"] == 1
        assert (
            check(api, {"to": ["13800000001"], "content": "【Acme】hi", "category": "otp"})["accepted"] == 1
        )
    assert not any(model.objects.exists() for model in EVERYTHING_STORED)


def test_it_costs_a_few_queries_however_many_there_are(api, upstream):
    many = {"to": [f"138{n:08d}" for n in range(5000)], "content": "【Acme】hi"}
    check_one(api)
    with CaptureQueriesContext(connection) as captured:
        assert check(api, many)["accepted"] == 5000
    assert len(captured) <= 7


@pytest.mark.fault("A8")
@pytest.mark.parametrize(
    ("content", "parts", "characters"),
    [
        ("【A】" + "字" * 67, 1, 70),
        ("【A】" + "字" * 68, 2, 71),
        ("【A】" + "😀" * 34, 2, 71),
        ("x" * 134, 2, 134),
        ("x" * 135, 3, 135),
    ],
)
def test_parts_count_as_carriers_count(api, upstream, content, parts, characters):
    change_upstream_account(upstream, {"price_per_part": 45})
    block = check_one(api, content=content)
    assert (block["parts"], block["characters"], block["cost"]) == (parts, characters, 45 * parts)


def test_without_a_price_there_is_no_cost(api, upstream):
    assert check_one(api)["cost"] is None
    change_upstream_account(upstream, {"price_per_part": 0})
    assert check_one(api)["cost"] == 0


@pytest.mark.parametrize(
    ("number", "carrier"), [("13800000001", "mobile"), ("+86 130 0000 0001", "unicom"), ("13300000001", "telecom")]
)  # fmt: skip
def test_the_carrier_follows_from_the_number(api, upstream, number, carrier):
    block = check_one(api, to=number)
    assert (block["carrier"], block["carriers"]) == (carrier, {carrier: 1})


# Signatures


@pytest.mark.fault("A8")
@pytest.mark.parametrize(
    ("content", "signature", "problem"),
    [
        ("【Acme】hi", {"text": "【Acme】", "present": True, "known": True}, []),
        ("【Other】hi", {"text": "【Other】", "present": True, "known": False}, [("/content", "signature_unknown")]),
        ("hi", {"text": None, "present": False, "known": False}, [("/content", "signature_missing")]),
    ],
)  # fmt: skip
def test_where_signatures_are_checked_it_says_whether_it_is_known(api, upstream, content, signature, problem):
    change_upstream_account(upstream, {"signature_check": True})
    Signature.objects.create(upstream_account=upstream, text="【Acme】")
    block = check_one(api, content=content)
    assert block["signature"] == signature
    assert codes(block) == problem
    assert block["accepted"] == (0 if problem else 1)


def test_a_signature_filed_a_moment_ago_is_known(api, upstream):
    change_upstream_account(upstream, {"signature_check": True})
    assert codes(check_one(api)) == [("/content", "signature_unknown")]
    Signature.objects.create(upstream_account=upstream, text="【Acme】")
    assert codes(check_one(api)) == []


# Hazards


@pytest.mark.fault("A9")
def test_what_a_call_with_a_text_for_each_can_not_carry_is_a_hazard(api, upstream):
    def hazards(body):
        return [(hazard["code"], hazard["messages"]) for hazard in check(api, body)["hazards"]]

    assert hazards(GOOD | {"content": "【Acme】one\ntwo"}) == [("line_break", 1)]
    assert hazards(GOOD | {"content": "【Acme】No. #1"}) == [("number_sign", 1)]
    own = [{"to": f"1380000000{n}", "content": text} for n, text in enumerate(["a\nb#c", "#d", "e"])]
    assert hazards({"messages": own}) == [("line_break", 1), ("number_sign", 2)]
    assert hazards({"to": ["13800000001"], "content": "a\nb#c"}) == []


# Problems: the same as accept's


def post(api, body):
    return api.post("batches" if "messages" in body or isinstance(body.get("to"), list) else "messages", body)


@pytest.mark.fault("A7", "A8", "A10", "A11", "A12")
@pytest.mark.parametrize(
    "body",
    [
        {"to": "12"},
        {"to": "12", "content": "", "reference": "x\x01"},
        {"content": "x" * 1001},
        {"content": "  "},
        {"content": "a\x00b"},
        {"to": 5},
        {"content": None},
        {"status": "delivered"},
        {"send_at": "2020-01-01T00:00:00Z"},
        {"send_at": "9999-01-01T00:00:00Z"},
        {"send_at": "2099-01-01T00:00:00"},
        {"expires_at": "2020-01-01T00:00:00Z"},
        {"extno": "99999"},
        {"category": "spam"},
        {"to": []},
        {"to": ["12", "13800000001", "13"]},
        {"to": ["13800000001", "+8613800000001"]},
        {"to": ["13800000001"], "content": ""},
        {"to": ["13800000001"], "reference": "x"},
        {"messages": [{"to": "12", "content": "a"}, {"to": "13800000001", "content": ""}], "to": None, "content": None},
        {"messages": [{"to": "13800000001", "text": "a"}]},
        {"to": ["1"] * 10_001},
        {"to": ["1"] * 150},
    ],
    ids=lambda body: str(body)[:40],
)  # fmt: skip
def test_every_problem_is_the_one_that_accept_names(api, upstream, body):
    body = {name: value for name, value in (GOOD | body).items() if value is not None}
    block, refused = check(api, body), post(api, body)
    assert refused.status_code == 422
    assert block["problems"] == refused.json()["errors"]
    assert block["accepted"] == 0
    assert block["estimate"]["reason"] == "not_accepted"


def test_what_accept_takes_has_no_problem(api, upstream):
    for body in (
        GOOD | {"category": "otp", "send_at": soon(days=1), "expires_at": soon(days=2), "extno": "10690"},
        {"to": ["13800000001", "13000000001"], "content": "【Acme】hi"},
        {"messages": [{"to": "13800000001", "content": "a", "reference": "r"}]},
        {"to": ["12", "13800000001"], "content": "hi", "on_invalid": "skip"},
    ):  # fmt: skip
        block, taken = check(api, body), post(api, body)
        assert taken.status_code == 202
        assert block["accepted"] == taken.json().get("accepted", 1)
        assert [problem["code"] for problem in block["problems"]] == [
            refused["code"] for refused in taken.json().get("rejected", [])
        ]


def test_what_is_wrong_with_a_text_does_not_hide_what_is_known_of_it(api, upstream):
    change_upstream_account(upstream, {"price_per_part": 45})
    block = check_one(api, content="x" * 1001)
    assert (block["parts"], block["characters"], block["cost"], block["carrier"]) == (15, 1001, 675, "mobile")
    block = check(api, {"to": ["13800000001", "13000000001"], "content": "x" * 1001})
    assert (block["parts"], block["cost"], block["carriers"]) == (30, 1350, {"mobile": 1, "unicom": 1})


@pytest.mark.parametrize("body", ["", "[]", "{", '{"to": "1", "to": "2"}'])
def test_what_is_no_json_object_is_refused_as_anywhere(api, upstream, body):
    answer = api.client.post("/api/v1/messages/check", body, content_type="application/json")
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_json")


def test_a_number_that_had_its_share_is_a_problem(api, upstream):
    Application.objects.update(limits_frequency=True)
    otp = GOOD | {"category": "otp"}
    assert api.post("messages", otp).status_code == 202
    assert codes(check(api, otp)) == [("/to", "frequency_exceeded")]
    batch = {"to": ["13000000001", "13800000001"], "content": "hi", "category": "otp"}
    assert codes(check(api, batch)) == [("/to/1", "frequency_exceeded")]
    assert check(api, batch)["accepted"] == 0
    assert check(api, batch | {"on_invalid": "skip"})["accepted"] == 1
    assert api.post("messages", otp).json()["errors"] == check(api, otp)["problems"]
    assert codes(check(api, otp | {"to": "13000000001"})) == []


@pytest.mark.parametrize("quota", ["daily_quota", "monthly_quota"])
def test_a_quota_that_has_not_enough_left_is_a_problem(api, upstream, quota):
    Application.objects.update(**{quota: 2})
    three = {"to": ["13800000001", "13800000002", "13800000003"], "content": "hi"}
    for _time in range(3):  # asking spends nothing
        assert check_one(api)["accepted"] == 1
    block = check(api, three)
    assert (codes(block), block["accepted"]) == ([("", "quota_exceeded")], 0)
    assert api.post("batches", three).json()["code"] == "quota_exceeded"
    assert [api.post("messages", GOOD).status_code for _time in range(3)] == [202, 202, 429]
    assert codes(check_one(api)) == [("", "quota_exceeded")]


def test_a_lane_that_is_full_is_a_problem(api, upstream, settings, monkeypatch):
    monkeypatch.setattr(backlog, "_readings", backlog.Readings())
    settings.MAX_BACKLOG_MESSAGES = 1
    assert api.post("messages", GOOD).status_code == 202
    monkeypatch.setattr(backlog, "_readings", backlog.Readings())
    block = check_one(api)
    assert (codes(block), block["accepted"]) == ([("", "backlog_full")], 0)
    assert codes(check_one(api, category="otp")) == []


@pytest.mark.fault("A12")
def test_somebody_elses_extno_is_a_problem_and_says_nothing_of_its_owner(api, upstream):
    other, _key = create_application("other", environment="sandbox")
    ExtnoLease.objects.create(upstream_account=upstream, extno="106901", application=other)
    block = check_one(api, extno="106901")
    assert codes(block) == [("/extno", "unknown_extno")]
    assert (block["account"], block["accepted"]) == (None, 0)
    assert "other" not in str(block["problems"])
    batch = {"to": ["13800000001", "12"], "content": "hi", "extno": "106901", "on_invalid": "skip"}
    assert codes(check(api, batch)) == [("/extno", "unknown_extno"), ("/to/1", "invalid_number")]
    assert check(api, batch)["accepted"] == 0


# Batches


def test_a_batch_is_added_up(api, upstream):
    change_upstream_account(upstream, {"price_per_part": 45})
    block = check(api, {"to": ["13800000001", "13800000002", "13000000001", "12"], "content": "x" * 71,
                        "on_invalid": "skip"})  # fmt: skip
    assert (block["total"], block["accepted"], block["parts"], block["cost"]) == (4, 3, 6, 270)
    assert (block["carrier"], block["carriers"]) == (None, {"mobile": 2, "unicom": 1})
    assert codes(block) == [("/to/3", "invalid_number")]


def test_texts_of_their_own_are_added_up(api, upstream):
    own = [("13800000001", "【Acme】" + "x" * 65), ("13800000002", "【Acme】hi"), ("13800000003", "【B】hi")]
    block = check(api, {"messages": [{"to": to, "content": content} for to, content in own]})
    assert (block["parts"], block["characters"]) == (4, 71)
    assert block["signature"] == {"text": None, "present": True, "known": None}


def test_at_most_a_hundred_problems_are_listed(api, upstream):
    block = check(api, {"to": ["1"] * 150, "content": "hi", "on_invalid": "skip"})
    assert (len(block["problems"]), block["total"], block["accepted"]) == (100, 150, 0)


# Where it would go, and what would keep it


def second_account(upstream, **fields):
    return create_upstream_account(
        name="second", environment="sandbox", base_url=upstream.base_url, account="b", password="p", extno="10691",
        default=True, **fields,
    )  # fmt: skip


def hold(account, cause=Hold.Cause.NO_CREDIT, *, code="", **scope):
    reason = holding.Reason(cause, code_table="RESULT" if code else "", code=code)
    holding.place(account.pk if account else None, reason, probe_after=None, **scope)


def held(block):
    return [(keeping["cause"], keeping["account"], keeping["messages"]) for keeping in block["holds"]]


def test_without_a_route_it_waits_and_says_so(api):
    block = check_one(api)
    assert (block["account"], block["accepted"], held(block)) == (None, 1, [("no_route", None, 1)])
    assert block["estimate"]["reason"] == "no_route"


def test_a_held_account_leaves_it_to_the_next(api, upstream):
    second_account(upstream, price_per_part=50)
    hold(upstream)
    block = check_one(api)
    assert (block["account"], block["cost"], block["holds"]) == ("second", 50, [])


def test_when_all_are_held_each_hold_is_named_with_its_code(api, upstream):
    hold(upstream, code="15")
    hold(second_account(upstream), Hold.Cause.UNREACHABLE)
    block = check_one(api)
    assert held(block) == [("no_credit", "simulator", 1), ("unreachable", "second", 1)]
    assert block["holds"][0]["code"]["code"] == "15"
    assert (block["account"], block["estimate"]["reason"]) == ("simulator", "held")


def test_a_hold_of_everything_keeps_everything(api, upstream):
    hold(None, Hold.Cause.RESTORED, scope=Hold.Scope.EVERYTHING)
    block = check(api, {"to": ["13800000001", "13000000001"], "content": "hi"})
    assert held(block) == [("restored", None, 2)]


def test_a_held_carrier_keeps_its_numbers_only(api, upstream):
    hold(upstream, Hold.Cause.INTERNAL_ERROR, scope=Hold.Scope.CARRIER, value="unicom")
    block = check(api, {"to": ["13800000001", "13000000001", "13000000002"], "content": "hi"})
    assert held(block) == [("internal_error", "simulator", 2)]
    assert block["estimate"]["reason"] == "nothing_measured"
    assert check_one(api, to="13000000001")["estimate"]["reason"] == "held"


def test_a_held_extno_keeps_what_would_use_it(api, upstream):
    ExtnoLease.objects.create(
        upstream_account=upstream, extno="106901", application=Application.objects.get()
    )
    hold(upstream, Hold.Cause.WRONG_EXTNO, scope=Hold.Scope.EXTNO, value="106901")
    assert held(check_one(api, extno="106901")) == [("wrong_extno", "simulator", 1)]
    assert held(check_one(api)) == []


def test_a_held_signature_keeps_its_texts_only(api, upstream):
    hold(upstream, Hold.Cause.BAD_SIGNATURE, scope=Hold.Scope.SIGNATURE, value="【B】")
    own = [("13800000001", "【B】hi"), ("13800000002", "【Acme】hi")]
    block = check(api, {"messages": [{"to": to, "content": content} for to, content in own]})
    assert held(block) == [("bad_signature", "simulator", 1)]


def test_an_account_that_is_off_is_not_told(api, upstream):
    change_upstream_account(upstream, {"is_active": False})
    assert check_one(api)["account"] is None
    assert Route.objects.exists()


# Together with a request


@pytest.mark.parametrize("path", ["messages", "batches"])
def test_the_block_comes_with_the_answer_when_asked_for(api, upstream, path):
    body = (
        GOOD if path == "messages" else {"to": ["13800000001", "12"], "content": "hi", "on_invalid": "skip"}
    )
    block = check(api, body)
    assert api.post(f"{path}?preflight=1", body).json()["preflight"] == block
    assert "preflight" not in api.post(path, body).json()


@pytest.mark.parametrize("path", ["messages", "batches"])
def test_a_replay_has_the_block_of_the_first_answer(api, upstream, path):
    body = GOOD if path == "messages" else {"to": ["13800000001"], "content": "hi"}
    first = api.post(f"{path}?preflight=1", body, **{"Idempotency-Key": "k"})
    again = api.post(f"{path}?preflight=1", body, **{"Idempotency-Key": "k"})
    assert first.json()["preflight"]["accepted"] == 1
    assert (again.headers["Idempotent-Replayed"], again.json()) == ("true", first.json())


def test_another_wish_is_refused_and_nothing_is_stored(api, upstream):
    answer = api.post("messages?preflight=yes", GOOD)
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_query")
    assert "preflight" in answer.json()["detail"]
    assert not Message.objects.exists()
