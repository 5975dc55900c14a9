"""The client that we speak to the vendor with, speaking to ourselves over HTTP."""

import uuid
from collections.abc import Iterator
from urllib.parse import urlencode

import pytest
from django.test import Client as HttpClient

from accounts.models import GatewayLogin, UpstreamAccount
from messaging.gateway import admission
from messaging.models import Batch, InboundMessage, Message
from messaging.services import cancelling
from messaging.vendor.answers import read_balance, read_submit
from messaging.vendor.client import Client
from messaging.vendor.errors import AccountTrouble
from messaging.vendor.forms import Login
from messaging.vendor.wire import read_page
from tests.gateway.conftest import form


@pytest.fixture(params=["plain", "md5"])
def client(request: pytest.FixtureRequest, live_server, login: GatewayLogin) -> Iterator[Client]:
    admission._logins._kept.clear()
    yield Client(Login(f"{live_server.url}/sms", "922011", "secret", auth_mode=request.param))
    admission._logins._kept.clear()


pytestmark = pytest.mark.django_db(transaction=True)


def test_send(client: Client) -> None:
    answer = client.send(["13800000001", "13800000002"], "【Acme】hi & 50%+", "10690").answer
    assert [(row.mobile, row.result.code) for row in answer.rows] == [
        ("13800000001", "0"),
        ("13800000002", "0"),
    ]
    assert sorted(row.mid for row in answer.rows) == sorted(
        Message.objects.values_list("reference", flat=True)
    )


def test_p2p(client: Client) -> None:
    answer = client.p2p([("13800000001", "【Acme】一#1"), ("13800000002", "【Acme】two")], "10690").answer
    assert [row.result.code for row in answer.rows] == ["0", "0"]
    assert sorted(Message.objects.values_list("content", flat=True)) == ["【Acme】two", "【Acme】一#1"]


def test_balance(client: Client) -> None:
    client.send(["13800000001"], "【Acme】hi", "10690")
    balance = client.balance()
    assert (balance.balance, balance.charge_type) == (-45, "POSTCHARGE")


def test_refusals_are_what_they_are_at_the_vendor(client: Client, live_server) -> None:
    wrong = Client(Login(f"{live_server.url}/sms", "922011", "wrong"))
    with pytest.raises(AccountTrouble):
        wrong.send(["13800000001"], "【Acme】hi", "10690")
    rows = client.send(["13800000001"], "【Acme】hi", "999").answer.rows
    assert [(row.result.code, row.mid) for row in rows] == [("10", None)]
    assert not Message.objects.exists()


def test_report_and_mo(client: Client, login: GatewayLogin, upstream: UpstreamAccount) -> None:
    mids = [row.mid for row in client.send(["13800000001"], "【Acme】hi", "10690").answer.rows]
    cancelling.cancel_batch(Batch.objects.get().pk, login.application, by="test")
    InboundMessage.objects.create(
        application=login.application, upstream_account=upstream, payload_id=uuid.uuid4(), mid="A1",
        mobile="13800000001", access_code="10690", content="好", time_text="",
    )  # fmt: skip
    reports = read_page(client.fetch_reports(1000).raw)
    assert [(item.mid, item.mobile, item.stat) for item in reports.reports] == [
        (mids[0], "13800000001", "DELETED")
    ]
    replies = read_page(client.fetch_mo(1000).raw)
    assert [(item.mid, item.mobile, item.content) for item in replies.inbound] == [
        ("A1", "13800000001", "好")
    ]


def test_the_client_reads_our_xml_too(login: GatewayLogin, upstream: UpstreamAccount) -> None:
    """Without `rt=json`, as by a client that never learned of it."""

    def call(action: str, **fields: str) -> bytes:
        given = form(action, **fields)
        del given["rt"]
        answer = HttpClient().post("/sms", urlencode(given), content_type="application/x-www-form-urlencoded")
        return bytes(answer.content)

    sent = read_submit(call("send", mobile="13800000001,12"))
    (good,) = [row for row in sent.rows if row.mid]
    assert (good.mobile, good.result.code) == ("13800000001", "0")
    assert read_balance(call("balance")).balance == -45
    cancelling.cancel_batch(Batch.objects.get().pk, login.application, by="test")
    (report,) = read_page(
        call("report")
    ).unreadable  # no document has reports in XML: it keeps what it can't read
    assert report == f"1#@#{good.mid}#@#922011"
    refused = read_submit(call("send", password="wrong"))
    assert refused.status.code == "3"
