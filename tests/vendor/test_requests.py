"""Each action's request, over real HTTP, against the document's names and values."""

from hashlib import md5

import pytest

from messaging.vendor.client import Client
from tests.vendor.gateway import TAKEN, gateway, http_answer

TEXT = "【Acme】内容 100% & more"
NUMBERS = ["15023239810", "13527576163"]
LINES = "13800000001#下发内容1\r13800000002#a#b\r"
PAIRS = [("13800000001", "下发内容1"), ("13800000002", "a#b")]

CALLS = {
    "send": (
        lambda client: client.send(NUMBERS, TEXT, "1069012345"),
        {"mobile": "15023239810,13527576163", "content": TEXT, "extno": "1069012345"},
        f"s3cret1069012345{TEXT}15023239810,13527576163",
    ),
    "p2p": (
        lambda client: client.p2p(PAIRS, "10690231221"),
        {"mobileContentList": LINES, "extno": "10690231221"},
        "s3cret10690231221" + LINES.replace("\r", ""),
    ),
    "balance": (lambda client: client.balance(), {}, "s3cret"),
    "report": (lambda client: client.fetch_reports(10), {"size": "10"}, "s3cret"),
    "mo": (lambda client: client.fetch_mo(1000), {"size": "1000", "szie": "1000"}, "s3cret"),
}


def _made(action: str, **settings):
    with gateway(http_answer(TAKEN)) as server:
        CALLS[action][0](Client(server.login(**settings)))
    assert len(server.requests) == 1
    return server


@pytest.mark.parametrize("action", CALLS)
def test_a_plain_request_carries_the_documents_names_and_values(action):
    form = dict(_made(action).form)
    expected = {"action": action, "account": "922011", "password": "s3cret", "rt": "json"}
    assert form == expected | CALLS[action][1]


@pytest.mark.parametrize("action", CALLS)
def test_a_signed_request_differs_only_in_its_password(action):
    plain, signed = dict(_made(action).form), dict(_made(action, auth_mode="md5").form)
    assert signed.pop("password") == md5(CALLS[action][2].encode()).hexdigest()
    assert plain.pop("password") == "s3cret"
    assert signed == plain


@pytest.mark.parametrize("action", CALLS)
def test_every_request_is_one_post_on_a_closing_connection_that_names_no_secret_in_its_head(action):
    server = _made(action)
    lines = server.head.lower().split("\r\n")
    assert lines[0] == "post /sms http/1.1"
    assert "connection: close" in lines
    assert not any(line.startswith("accept-encoding") for line in lines)
    assert "s3cret" not in server.head


def test_no_field_is_sent_twice():
    for action in CALLS:
        names = [name for name, _ in _made(action).form]
        assert len(names) == len(set(names))


def test_five_hundred_numbers_travel_in_one_call():
    numbers = [str(13800000000 + count) for count in range(500)]
    with gateway(http_answer(TAKEN)) as server:
        Client(server.login()).send(numbers, "【Acme】hi", "10690")
    assert dict(server.form)["mobile"].split(",") == numbers
