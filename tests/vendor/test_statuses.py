"""What a STATUS of the whole call becomes."""

import pytest

from messaging.vendor import errors
from messaging.vendor.client import Client
from messaging.vendor.codes import Effect
from tests.vendor.gateway import TAKEN, gateway, http_answer

NUMBERS = ["13800000001", "+8613800000002"]

RAISED = {
    "1": errors.Malformed,
    "2": errors.AccountTrouble,
    "3": errors.AccountTrouble,
    "4": errors.AccountTrouble,
    "6": errors.AccountTrouble,
    "7": errors.AccountTrouble,
    "5": errors.InternalError,
    "100": errors.InternalError,
    "21": errors.Throttled,
    "102": errors.TooMany,
    "8": errors.OutcomeUnknown,
    "30": errors.OutcomeUnknown,
    "77": errors.OutcomeUnknown,
}
XML = "<returnsms><returnstatus>Failed</returnstatus><message>{}</message></returnsms>"
BODIES = ['{{"status":"{}"}}', '{{"status":{},"balance":0,"list":[]}}', XML]


def _json(text: str) -> bytes:
    return http_answer(text.encode())


@pytest.mark.parametrize("status", RAISED)
@pytest.mark.parametrize("body", BODIES)
def test_a_status_raises_the_error_that_says_what_to_do(status, body):
    with gateway(_json(body.format(status))) as server:
        client = Client(server.login())
        for call in (lambda: client.send(NUMBERS, "hi", "1"), client.balance):
            with pytest.raises(errors.VendorError) as error:
                call()
            assert type(error.value) is RAISED[status]
            assert (error.value.reason, error.value.code.code) == (f"status_{status}", status)
            assert error.value.raw == body.format(status).encode()


@pytest.mark.parametrize(
    ("status", "effect"), [("10", Effect.WRONG_EXTNO), ("15", Effect.NO_CREDIT), ("17", Effect.BAD_SIGNATURE)]
)
@pytest.mark.parametrize("body", BODIES)
def test_a_status_10_15_or_17_counts_for_every_number(status, effect, body):
    with gateway(_json(body.format(status))) as server:
        answer = Client(server.login()).send(NUMBERS, "hi", "1").answer
    assert [(row.mobile, row.mid, row.result.effect) for row in answer.rows] == [
        ("13800000001", None, effect),
        ("13800000002", None, effect),
    ]
    assert {row.result.table for row in answer.rows} == {"RESULT"}


def test_rows_under_such_a_status_speak_for_themselves():
    with gateway(_json('{"status":"17","list":[{"mobile":"13800000001","result":12}]}')) as server:
        answer = Client(server.login()).p2p([(number, "hi") for number in NUMBERS], "1").answer
    assert [(row.mobile, row.result.code) for row in answer.rows] == [
        ("13800000001", "12"),
        ("13800000002", "17"),
    ]


def test_a_balance_with_such_a_status_is_the_accounts_trouble():
    with gateway(_json('{"status":"15"}')) as server, pytest.raises(errors.AccountTrouble) as error:
        Client(server.login()).balance()
    assert error.value.reason == "status_15"


def test_an_accepted_call_gives_the_answer_and_the_raw_body():
    with gateway(http_answer(TAKEN)) as server:
        done = Client(server.login()).send(["13800000001"], "hi", "1")
    assert (done.raw, done.http_status) == (TAKEN, 200)
    assert done.answer.rows[0].mid == "4C2CA88382720003"
    assert 0 <= done.elapsed_ms < 5000


def test_a_balance_is_read():
    with gateway(_json('{"status":0,"balance":-153278040,"chargeType":"POSTCHARGE"}')) as server:
        balance = Client(server.login()).balance()
    assert (balance.balance, balance.charge_type) == (-153278040, "POSTCHARGE")
