"""`report` and `mo` from the client's side: each item once, none lost, and once more when staff say so."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import urlencode

import pytest
from django.db import connection, transaction
from django.test import Client

from accounts.models import Application, GatewayLogin, UpstreamAccount
from accounts.services import create_api_key
from messaging.lifecycle import Change, move
from messaging.models import Batch, GivenPage, InboundMessage, Message
from messaging.outflow import give_again, items, pages, take
from messaging.services import cancelling, payloads
from messaging.services.submission import submit_next
from messaging.states import EventKind, State
from tests.conftest import Api
from tests.gateway.conftest import change, form
from tests.simulator.process import eventually

Kind = GivenPage.Kind


def settle(upstream: UpstreamAccount, count: int) -> None:
    """Submit what waits, and fetch reports until so many messages are final."""
    while submit_next("notification"):
        pass

    def fetched() -> bool:
        payloads.pull_turn(upstream.pk, payloads.Kind.REPORT)
        payloads.read_waiting()
        return Message.objects.filter(final_at__isnull=False).count() >= count

    eventually(fetched)


def test_a_report_bears_what_the_client_knows(sms, login: GatewayLogin, upstream: UpstreamAccount) -> None:
    change(extnos=["10655555"])
    sent = sms(mobile="13800000001,19900020029", extno="10655555")["list"]
    settle(upstream, 2)
    answer = sms("report")
    assert answer["status"] == "0"
    told = {item["mid"]: item for item in answer["list"]}
    assert {mid: item["stat"] for mid, item in told.items()} == {
        sent[0]["mid"]: "DELIVRD",
        sent[1]["mid"]: "MA:0029",
    }
    first = told[sent[0]["mid"]]
    assert {key: first[key] for key in ("flag", "spid", "accessCode", "mobile")} == {
        "flag": 1,
        "spid": "922011",
        "accessCode": "10655555",
        "mobile": "13800000001",
    }
    final_at = Message.objects.get(mobile="13800000001").final_at
    assert first["time"] == items.china_time(final_at)
    assert sms("report")["list"] == []


def test_what_was_not_sent_is_told_in_the_documents_words(sms, login: GatewayLogin) -> None:
    sent = sms(mobile="13800000001,13800000002")["list"]
    cancelling.cancel_batch(Batch.objects.get().pk, login.application, by="test")
    assert [(item["mid"], item["stat"]) for item in sms("report")["list"]] == [
        (row["mid"], "DELETED") for row in sent
    ]


def test_of_what_nobody_knows_nothing_is_told(sms, login: GatewayLogin, upstream: UpstreamAccount) -> None:
    sms(mobile="13800000001")
    with transaction.atomic():
        assert move([Change(Message.objects.get().pk, State.UNKNOWN)], EventKind.ANSWERED)
    assert sms("report")["list"] == []


def test_messages_of_the_api_and_of_other_logins_are_not_told(
    sms, login: GatewayLogin, shop: Application, upstream: UpstreamAccount
) -> None:
    Api(create_api_key(shop)[1]).send(to="13800000005")
    sms(mobile="13800000001")
    settle(upstream, 2)
    assert [item["mobile"] for item in sms("report")["list"]] == ["13800000001"]


def test_a_set_larger_than_the_page_is_gone_on_with(
    sms, login: GatewayLogin, monkeypatch: pytest.MonkeyPatch
) -> None:
    sms(mobile=",".join(str(13800000000 + number) for number in range(25)))
    cancelling.cancel_batch(Batch.objects.get().pk, login.application, by="test")
    answers = [sms("report", size="10")["list"] for _ in range(4)]
    assert [len(answer) for answer in answers] == [10, 10, 5, 0]
    assert len({item["mid"] for answer in answers for item in answer}) == 25


@pytest.mark.parametrize(("size", "given"), [("1", 10), ("10", 10), ("99999", 25)])
def test_size_is_moved_into_its_limits(sms, login: GatewayLogin, size: str, given: int) -> None:
    sms(mobile=",".join(str(13800000000 + number) for number in range(25)))
    cancelling.cancel_batch(Batch.objects.get().pk, login.application, by="test")
    assert len(sms("report", size=size)["list"]) == given


def test_a_size_that_is_no_number_is_malformed(sms) -> None:
    assert sms("report", size="ten")["status"] == "1"
    assert sms("mo", szie="-1")["status"] == "1"


def inbound(shop: Application, upstream: UpstreamAccount, **more: Any) -> InboundMessage:
    fields: dict[str, Any] = {
        "application": shop, "upstream_account": upstream, "payload_id": Batch().pk, "mid": str(Batch().pk),
        "mobile": "13800000001", "access_code": "10690", "content": "好 <b>", "time_text": "",
    }  # fmt: skip
    return InboundMessage.objects.create(**fields | more)


def test_a_reply_is_told_once(sms, shop: Application, upstream: UpstreamAccount) -> None:
    reply = inbound(shop, upstream)
    (item,) = sms("mo")["list"]
    assert item == {
        "flag": 0,
        "mid": reply.mid,
        "spid": "922011",
        "accessCode": "10690",
        "mobile": "13800000001",
        "content": "好 <b>",
        "time": items.china_time(InboundMessage.objects.get().received_at),
    }
    assert sms("mo")["list"] == []


def test_mo_does_not_eat_reports(
    sms, login: GatewayLogin, shop: Application, upstream: UpstreamAccount
) -> None:
    sms()
    cancelling.cancel_batch(Batch.objects.get().pk, shop, by="test")
    inbound(shop, upstream)
    assert [item["flag"] for item in sms("mo")["list"]] == [0]
    assert [item["flag"] for item in sms("report")["list"]] == [1]


def test_a_reply_is_the_login_whose_extno_is_longest(
    sms, login: GatewayLogin, shop: Application, upstream: UpstreamAccount
) -> None:
    GatewayLogin.objects.create(
        application=shop, account="longer", encrypted_password=login.encrypted_password, extnos=["106901"]
    )
    inbound(shop, upstream, access_code="1069012")
    assert sms("mo")["list"] == []
    assert len(sms("mo", account="longer")["list"]) == 1


def test_a_page_can_be_given_again(sms, login: GatewayLogin) -> None:
    sms(mobile=",".join(str(13800000000 + number) for number in range(15)))
    cancelling.cancel_batch(Batch.objects.get().pk, login.application, by="test")
    first = sms("report")["list"]
    give_again(GivenPage.objects.get().pk)
    again = [*sms("report", size="10")["list"], *sms("report", size="10")["list"]]
    assert again == first
    assert sms("report")["list"] == []


def test_what_left_was_written_down_and_can_be_read_by_nobody_without_the_key(
    sms, login: GatewayLogin
) -> None:
    sms()
    cancelling.cancel_batch(Batch.objects.get().pk, login.application, by="test")
    told = sms("report")["list"]
    page = GivenPage.objects.get()
    assert pages.items_of(page) == told
    assert b"13800000001" not in bytes(page.body)


def test_pages_are_forgotten_after_three_days(sms, login: GatewayLogin) -> None:
    sms()
    cancelling.cancel_batch(Batch.objects.get().pk, login.application, by="test")
    sms("report")
    assert pages.forget_old(10) == 0
    with connection.cursor() as cursor:
        cursor.execute("UPDATE messaging_givenpage SET given_at = given_at - interval '73 hours'")
    assert pages.forget_old(10) == 1


def test_xml(login: GatewayLogin, sms, shop: Application, upstream: UpstreamAccount) -> None:
    reply = inbound(shop, upstream, content="a\x02<b>&")
    given = form("mo")
    del given["rt"]
    text = Client().get("/sms?" + urlencode(given)).content.decode()
    assert f"<resp>0#@#{reply.mid}#@#922011#@#10690#@#13800000001#@#a&lt;b&gt;&amp;#@#" in text


@pytest.mark.django_db(transaction=True)
def test_two_who_fetch_at_once_get_each_report_once(sms, login: GatewayLogin) -> None:
    for thousand in range(4):
        numbers = range(13800000000 + 500 * thousand, 13800000500 + 500 * thousand)
        sms(mobile=",".join(map(str, numbers)))
    for batch in Batch.objects.all():
        cancelling.cancel_batch(batch.pk, login.application, by="test")

    def fetch(_thread: int) -> list[str]:
        try:
            mine: list[str] = []
            while page := take(login, Kind.REPORT, 37):
                mine += [str(item["mid"]) for item in page]
            return mine
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as threads:
        told = Counter(mid for mids in threads.map(fetch, range(8)) for mid in mids)
    assert len(told) == 2000
    assert set(told.values()) == {1}
