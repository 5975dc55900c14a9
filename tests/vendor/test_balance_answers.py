"""The answer to `balance`."""

import pytest

from messaging.vendor.wire import Unreadable, read_balance


def test_the_documents_example():
    balance = read_balance(b'{"status":0,"balance":-153278040,"chargeType":"POSTCHARGE"}')
    assert (balance.status.code, balance.balance, balance.charge_type) == ("0", -153278040, "POSTCHARGE")


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ('"PRECHARGE"', "PRECHARGE"),
        ('" postcharge "', "POSTCHARGE"),
        ('"FREE"', None),
        ("1", None),
        ("null", None),
    ],
)
def test_the_charge_type_is_one_of_two_or_none(written, read):
    assert read_balance(f'{{"status":0,"balance":"1","chargeType":{written}}}'.encode()).charge_type == read


def test_what_is_missing_is_none():
    balance = read_balance(b'{"status":"2"}')
    assert (balance.balance, balance.charge_type) == (None, None)


@pytest.mark.parametrize("body", [b"", b"[]", b"<html/>", b'{"status":0,"balance":NaN}'])
def test_anything_else_is_unreadable(body):
    with pytest.raises(Unreadable):
        read_balance(body)
