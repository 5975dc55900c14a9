"""`send` and `p2p`, from a client's call to stored messages (document, sections 1 and 2)."""

import re
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from django.test import Client

from accounts.models import Application, ExtnoLease, GatewayLogin, Posting, Purse, UpstreamAccount
from messaging.models import Batch, Message
from messaging.services.submission import submit_next
from tests.gateway.conftest import ACME, NUMBER, form, prepay


def test_a_call_is_stored_and_answered_with_mids(sms, login: GatewayLogin) -> None:
    answer = sms(mobile="13800000001,13800000002")
    assert answer["status"] == "0"
    assert [(row["mobile"], row["result"]) for row in answer["list"]] == [
        ("13800000001", 0),
        ("13800000002", 0),
    ]
    mids = [row["mid"] for row in answer["list"]]
    assert all(re.fullmatch("[0-9A-F]{16}", mid) for mid in mids)
    stored = Message.objects.order_by("id")
    assert [message.reference for message in stored] == mids
    batch = Batch.objects.get()
    assert (batch.login, batch.access_code, batch.content, batch.extno) == (login, "10690", ACME, "10690")


def test_it_is_charged_by_parts_and_the_answer_has_the_balance(sms, shop: Application) -> None:
    answer = sms(mobile="13800000001,13800000002", content="【Acme】" + "长" * 70)
    assert answer["balance"] == -2 * 2 * 45 == Purse.objects.get().balance
    assert [message.price for message in Message.objects.all()] == [45, 45]
    assert Posting.objects.get(side="purse").parts == 4


@pytest.mark.parametrize("end", ["\r", "\n", "\r\n"])
@pytest.mark.parametrize("last", [True, False])
def test_p2p_lines_end_as_clients_end_them(sms, end: str, last: bool) -> None:
    lines = end.join(["13800000001#one#1", "13800000002#two"]) + (end if last else "")
    answer = sms("p2p", mobileContentList=lines)
    assert [row["result"] for row in answer["list"]] == [0, 0]
    assert list(Message.objects.order_by("mobile").values_list("mobile", "content")) == [
        ("13800000001", "one#1"),
        ("13800000002", "two"),
    ]


def test_a_number_twice_in_send_is_sent_once(sms) -> None:
    answer = sms(mobile=f"{NUMBER},+86{NUMBER}")
    first, second = answer["list"]
    assert first["mid"] == second["mid"]
    assert second["mobile"] == f"+86{NUMBER}"
    assert Message.objects.count() == 1


def test_a_number_with_two_texts_in_p2p_gets_both(sms) -> None:
    answer = sms("p2p", mobileContentList=f"{NUMBER}#one\r{NUMBER}#two\r{NUMBER}#one\r")
    mids = [row["mid"] for row in answer["list"]]
    assert mids[0] == mids[2] != mids[1]
    assert sorted(Message.objects.values_list("content", flat=True)) == ["one", "two"]
    assert Batch.objects.count() == 2


def test_what_is_no_number_is_refused_alone(sms) -> None:
    answer = sms(mobile=f"{NUMBER},12")
    assert [(row["mobile"], row["result"], bool(row["mid"])) for row in answer["list"]] == [
        (NUMBER, 0, True),
        ("12", 12, False),
    ]
    assert Message.objects.count() == 1


def test_money_for_some_sends_some(sms, shop: Application) -> None:
    prepay(shop, 2 * 45 + 44)
    answer = sms(mobile="13800000001,13800000002,13800000003")
    assert [row["result"] for row in answer["list"]] == [0, 0, 15]
    assert answer["balance"] == 44 == Purse.objects.get().balance


def test_a_call_in_the_query_is_a_call(login: GatewayLogin) -> None:
    answer = Client().get("/sms?" + urlencode(form()))
    assert answer.json()["status"] == "0"


def test_parameters_may_stand_in_query_and_body_and_say_the_same_twice(login: GatewayLogin) -> None:
    answer = Client().post(
        "/sms?action=send", urlencode(form()), content_type="application/x-www-form-urlencoded"
    )
    assert answer.json()["status"] == "0"


def test_text_that_nobody_encoded_is_read_as_utf_8(login: GatewayLogin) -> None:
    body = f"action=send&account=922011&password=secret&mobile={NUMBER}&content={ACME}&extno=10690&rt=json"
    answer = Client().post("/sms", body.encode(), content_type="application/x-www-form-urlencoded")
    assert answer.json()["status"] == "0"
    assert Batch.objects.get().content == ACME


def test_without_rt_the_answer_is_xml(login: GatewayLogin) -> None:
    given = form()
    del given["rt"]
    answer = Client().post("/sms", urlencode(given), content_type="application/x-www-form-urlencoded")
    mid = Message.objects.get().reference
    assert answer["Content-Type"].startswith("text/xml")
    assert answer.content.decode() == (
        "<returnsms><returnstatus>Success</returnstatus><message>OK</message><remainpoint>-45</remainpoint>"
        f"<resplist><resp>{mid}#@#{NUMBER}#@#0#@#</resp></resplist></returnsms>"
    )


def test_an_extno_that_no_account_has_stands_for_the_accounts_own(
    sms, login: GatewayLogin, simulator: Any
) -> None:
    GatewayLogin.objects.update(extnos=["10655555"])
    assert sms(extno="10655555")["list"][0]["result"] == 0
    batch = Batch.objects.get()
    assert (batch.extno, batch.access_code) == (None, "10655555")
    submit_next("notification")
    assert Message.objects.get().state == "submitted"


def test_a_leased_extno_goes_upstream(sms, login: GatewayLogin, upstream: UpstreamAccount) -> None:
    ExtnoLease.objects.create(upstream_account=upstream, extno="1069012", application=login.application)
    GatewayLogin.objects.update(extnos=["1069012"])
    sms(extno="1069012")
    assert Batch.objects.get().extno == "1069012"


@pytest.mark.parametrize("path", ["/sms", "/sms/"])
def test_both_spellings_of_the_path(login: GatewayLogin, path: str) -> None:
    assert Client().get(f"{path}?" + urlencode(form("balance"))).json() == {
        "status": 0,
        "balance": 0,
        "chargeType": "POSTCHARGE",
    }


def test_plus_and_percent_are_read_as_forms_are(sms, login: GatewayLogin) -> None:
    raw = urlencode(form(), quote_via=quote).replace(quote(ACME), "%E3%80%90A%E3%80%91+50%25")
    Client().post("/sms", raw, content_type="application/x-www-form-urlencoded")
    assert Batch.objects.get().content == "【A】 50%"
