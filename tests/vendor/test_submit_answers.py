"""Every way a gateway writes the answer to a submit."""

import json

import pytest

from messaging.vendor.codes import Effect
from messaging.vendor.wire import Unreadable, read_submit

DOCUMENT = """{
    "status": "0",
    "balance": -153278040,
    "list": [
        {"mid": "4C2CA88382720003", "mobile": "18983437010", "result": 0},
        {"mid": "4C2CA88382720004", "mobile": "18983437011", "result": 0}
    ]
}"""


def _answer(**fields) -> bytes:
    return json.dumps({"status": "0", "list": [], **fields}).encode()


def _row(**fields):
    return read_submit(_answer(list=[{"mid": "A1", "mobile": "18983437010", "result": 0, **fields}])).rows


def test_the_documents_example():
    answer = read_submit(DOCUMENT.encode())
    assert answer.status.effect is Effect.ACCEPTED
    assert answer.balance == -153278040
    assert [(row.mobile, row.mid, row.accepted) for row in answer.rows] == [
        ("18983437010", "4C2CA88382720003", True),
        ("18983437011", "4C2CA88382720004", True),
    ]


@pytest.mark.parametrize("status", ["0", 0, "00", " 0 ", "000"])
def test_all_spellings_of_status_zero_are_one_code(status):
    code = read_submit(_answer(status=status)).status
    assert (code.code, code.effect) == ("0", Effect.ACCEPTED)


@pytest.mark.parametrize("status", [None, 999, "", "ok", True, 0.0, [0], {"a": 1}, "-0"])
def test_any_other_status_is_ambiguous(status):
    code = read_submit(_answer(status=status)).status
    assert (code.effect, code.known) == (Effect.AMBIGUOUS, False)


def test_a_missing_status_is_ambiguous():
    assert read_submit(b'{"list":[]}').status.effect is Effect.AMBIGUOUS


@pytest.mark.parametrize(
    ("balance", "read"),
    [
        (-153278040, -153278040),
        ("-153278040", -153278040),
        (2**63 - 1, 2**63 - 1),
        (2**63, None),
        (10**400, None),
        ("1.5", None),
        (1.5, None),
        (None, None),
        (True, None),
        ("", None),
    ],
)
def test_a_balance_is_a_64_bit_integer_or_none(balance, read):
    assert read_submit(_answer(balance=balance)).balance == read


@pytest.mark.parametrize(
    "missing", ['{"status":"3"}', '{"status":"3","list":null}', '{"status":"3","list":{}}']
)
def test_a_missing_list_is_no_rows(missing):
    answer = read_submit(missing.encode())
    assert (answer.status.effect, answer.rows) == (Effect.ACCOUNT_TROUBLE, ())


@pytest.mark.parametrize(
    "mobile",
    ["8618983437010", "+8618983437010", "008618983437010", " 189 8343 7010 ", 18983437010, 8618983437010],
)
def test_a_mobile_is_read_without_country_code(mobile):
    assert _row(mobile=mobile)[0].mobile == "18983437010"


@pytest.mark.parametrize(
    ("mid", "read"),
    [
        ("4c2ca88382720003", "4c2ca88382720003"),
        ("0000123", "0000123"),
        (1234567890123456789, "1234567890123456789"),
        ("m" * 200, "m" * 200),
        ("m" * 256, None),
        ("", None),
        (" ", None),
        (None, None),
    ],
)
def test_a_mid_is_opaque(mid, read):
    assert _row(mid=mid)[0].mid == read


def test_a_row_without_mid_is_not_accepted():
    assert not _row(mid="")[0].accepted


@pytest.mark.parametrize(
    ("result", "effect"),
    [
        ("0", Effect.ACCEPTED),
        ("00", Effect.ACCEPTED),
        (10, Effect.WRONG_EXTNO),
        ("15", Effect.NO_CREDIT),
        (17, Effect.BAD_SIGNATURE),
        (12, Effect.REFUSED),
        (77, Effect.REFUSED),
        (-1, Effect.REFUSED),
    ],
)
def test_a_result_is_explained(result, effect):
    assert _row(result=result)[0].result.effect is effect


@pytest.mark.parametrize("result", [None, "", "OK", True, [0], 0.5])
def test_a_row_without_a_numeric_result_says_nothing(result):
    assert _row(result=result) == ()


@pytest.mark.parametrize("mobile", [None, "", "1" * 33, {}])
def test_a_row_without_a_mobile_says_nothing(mobile):
    assert _row(mobile=mobile) == ()


def test_rows_keep_their_order_repeats_and_strangers():
    rows = [
        {"mid": mid, "mobile": mobile, "result": 0} for mid, mobile in [("B", "2"), ("A", "1"), ("C", "2")]
    ]
    assert [(row.mid, row.mobile) for row in read_submit(_answer(list=[*rows, "junk", None])).rows] == [
        ("B", "2"),
        ("A", "1"),
        ("C", "2"),
    ]


def test_a_byte_order_mark_and_unknown_keys_do_no_harm():
    assert read_submit(b"\xef\xbb\xbf" + _answer(message="好", extra={"a": [1]})).status.code == "0"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b" ",
        b"OK",
        b"[]",
        b"null",
        b"0",
        b'"0"',
        b'{"status":',
        DOCUMENT.encode()[:-1],
        b"\xff\xfe{}",
        b"{}x",
    ],
)
def test_anything_else_is_unreadable(body):
    with pytest.raises(Unreadable):
        read_submit(body)
