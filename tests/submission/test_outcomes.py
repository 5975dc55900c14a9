"""What each answer of the gateway does to the messages of the call. Nothing is ever sent again by guess."""

import pytest

from accounts.services import change_upstream_account
from messaging.models import Attempt, Chunk, Hold, Message

pytestmark = pytest.mark.django_db

PAIR = ["13800000001", "13800000002"]


@pytest.fixture
def batch(api, upstream):
    return api.post("batches", {"to": PAIR, "content": "【A】hi"}).json()["id"]


def counts(api, batch):
    return api.get(f"batches/{batch}").json()["counts"]


NOBODY_CAN_SAY = [
    {"fault": "drop_after_accept"},
    {"fault": "reset_after_accept"},
    {"fault": "drop_before"},
    {"fault": "http", "status": 500},
    {"fault": "http", "status": 502},
    {"fault": "http", "status": 408},
    {"fault": "redirect"},
    {"fault": "html"},
    {"fault": "replace", "body": ""},
    {"fault": "truncate"},
    {"fault": "gzip"},
    {"fault": "pad", "bytes": 5_000_000},
    {"fault": "status", "status": 999},
    {"fault": "answer_with", "fields": {"status": "0", "list": None}},
    {"fault": "answer_with", "fields": {"status": "0", "list": []}},
]


@pytest.mark.parametrize(
    "fault", NOBODY_CAN_SAY, ids=lambda fault: f"{fault['fault']} {fault.get('status', '')}"
)
def test_an_answer_that_says_nothing_is_unknown_and_never_sent_again(
    api, batch, simulator, submit_all, fault
):
    simulator.script(fault | {"action": "send"})
    assert submit_all() == 1
    assert counts(api, batch) == {"unknown": 2}
    simulator.script()
    assert submit_all() == 0
    assert len(simulator.ledger()) in (0, 2)
    attempt = Attempt.objects.get()
    assert (attempt.state, bool(attempt.reason)) == ("unknown", True)


def test_a_gateway_that_never_answers_is_unknown_at_the_deadline(api, batch, simulator, submit_all, settings):
    settings.UPSTREAM_DEADLINE_SECONDS = 0.5
    simulator.script({"fault": "hang_after_accept", "action": "send"})
    assert submit_all() == 1
    assert counts(api, batch) == {"unknown": 2}


def test_only_the_number_without_a_row_is_unknown(api, batch, simulator, submit_all):
    simulator.script({"fault": "rows_missing"})
    submit_all()
    assert counts(api, batch) == {"submitted": 1, "unknown": 1}


@pytest.mark.parametrize("fault", ["reverse_rows", "prefix_mobiles", "rows_extra", "bom", "xml"])
def test_rows_are_matched_by_number_however_they_come(api, batch, simulator, submit_all, fault):
    simulator.script({"fault": fault, "action": "send"})
    submit_all()
    assert counts(api, batch) == {"submitted": 2}
    ours = dict(Message.objects.values_list("mobile", "mid"))
    assert ours == {row["mobile"]: row["mid"] for row in simulator.ledger()}


def test_a_refused_number_is_rejected_with_its_explanation(api, upstream, submit_all):
    message_id = api.send("19900010017")
    submit_all()
    message = api.message(message_id)
    assert (message["status"], message["is_final"]) == ("rejected", True)
    assert (message["code"]["table"], message["code"]["code"]) == ("RESULT", "17")
    assert "signature" in message["code"]["action"]


def test_a_call_that_never_left_is_tried_again(api, batch, upstream, simulator, submit_all):
    change_upstream_account(upstream, {"base_url": "http://127.0.0.1:9/sms"})
    assert submit_all() == 1
    assert counts(api, batch) == {"queued": 2}
    change_upstream_account(upstream, {"base_url": simulator.url})
    Chunk.objects.update(due_at="2020-01-01T00:00:00Z")
    assert submit_all() == 1
    assert counts(api, batch) == {"submitted": 2}
    assert len(simulator.ledger()) == 2


def test_three_calls_that_never_left_hold_the_account_and_messages_say_why(api, upstream, submit_all):
    change_upstream_account(upstream, {"base_url": "http://127.0.0.1:9/sms"})
    message_id = api.send()
    for _attempt in range(3):
        assert submit_all() == 1
        Chunk.objects.update(due_at="2020-01-01T00:00:00Z")
    assert submit_all() == 0
    because = api.message(message_id)["held_because"]
    assert (because["cause"], because["account"]) == ("unreachable", "simulator")


@pytest.mark.parametrize("status", [2, 3, 4, 6, 7])
def test_a_refused_login_holds_the_account_and_keeps_the_messages(api, batch, simulator, submit_all, status):
    simulator.script({"fault": "status", "status": status, "action": "send"})
    assert submit_all() == 1
    assert counts(api, batch) == {"queued": 2}
    hold = Hold.objects.get()
    assert (hold.cause, hold.code) == ("refused_login", str(status))


def test_too_many_connections_is_tried_again_later(api, batch, simulator, submit_all):
    simulator.script({"fault": "status", "status": 21, "times": 1})
    assert submit_all() == 1
    Chunk.objects.update(due_at="2020-01-01T00:00:00Z")
    assert submit_all() == 1
    assert counts(api, batch) == {"submitted": 2}


def test_too_many_numbers_halves_the_call_and_is_remembered(api, batch, upstream, simulator, submit_all):
    simulator.script({"fault": "status", "status": 102, "times": 1})
    assert submit_all() == 3
    assert counts(api, batch) == {"submitted": 2}
    upstream.refresh_from_db()
    assert upstream.max_numbers == 1


def test_a_malformed_number_is_found_and_the_others_go(api, upstream, simulator, submit_all):
    batch = api.post("batches", {"to": [*PAIR, "13800000003", "19900000001"], "content": "hi"}).json()["id"]
    submit_all()
    assert counts(api, batch) == {"submitted": 3, "rejected": 1}
    assert len(simulator.ledger()) == 3


def test_without_credit_messages_wait_for_the_balance(api, upstream, simulator, submit_all):
    simulator.add_account({"account": "922011", "charge_type": "PRECHARGE", "balance": 45})
    batch = api.post("batches", {"to": PAIR, "content": "hi"}).json()["id"]
    assert submit_all() == 1
    assert counts(api, batch) == {"queued": 1, "submitted": 1}
    waiting = api.get("messages?status=queued").json()["results"][0]
    assert waiting["held_because"]["cause"] == "no_credit"


def test_the_raw_answer_is_kept(api, batch, simulator, submit_all):
    submit_all()
    assert simulator.ledger()[0]["mid"].encode() in bytes(Attempt.objects.get().raw)
