"""The code dictionary and balances, as callers read them."""

import pytest

from accounts.services import record_balance
from messaging.holding import Reason, place
from messaging.models import Hold

pytestmark = pytest.mark.django_db


def test_a_code_is_explained_in_both_languages(api):
    english = api.get("codes/RESULT/17").json()
    chinese = api.get("codes/RESULT/17", **{"Accept-Language": "zh-hans"}).json()
    assert (english["who"], english["retry"]) == (chinese["who"], chinese["retry"])
    assert "signature" in english["meaning"].lower()
    assert "签名" in chinese["meaning"]
    assert english["action"] != chinese["action"]


def test_an_unknown_code_is_explained_as_unknown(api):
    found = api.get("codes/STAT/XX:9999").json()
    assert (found["known"], found["code"]) == (False, "XX:9999")


def test_the_dictionary_lists_every_table(api):
    assert {row["table"] for row in api.get("codes").json()["results"]} == {"STATUS", "RESULT", "STAT"}
    assert {row["table"] for row in api.get("codes?table=STAT").json()["results"]} == {"STAT"}


def test_balances_are_in_li_with_their_age_and_holds(api, upstream):
    record_balance(upstream.pk, -153278040, "POSTCHARGE")
    place(upstream.pk, Reason(Hold.Cause.UNREACHABLE), probe_after=5)
    account = api.get("balance").json()["accounts"][0]
    assert account.pop("read_at")
    assert account["holds"][0]["cause"] == "unreachable"
    del account["holds"]
    assert account == {
        "name": "simulator",
        "balance": -153278040,
        "unit": "0.001 CNY",
        "charge_type": "POSTCHARGE",
    }
