from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import pytest
from django.test import Client

from accounts.ledger import open_purse, top_up
from accounts.logins import create_gateway_login
from accounts.models import Application, GatewayLogin, Purse, UpstreamAccount
from messaging.gateway import admission

NUMBER, ACME = "13800000001", "【Acme】hi"


@pytest.fixture(autouse=True)
def nothing_remembered() -> None:
    admission._logins._kept.clear()
    admission._closed_until.clear()


@pytest.fixture
def login(shop: Application, upstream: UpstreamAccount) -> GatewayLogin:
    """A postpaid login whose extno is the upstream account's own."""
    return create_gateway_login(shop, account="922011", password="secret", extnos=["10690"])


@pytest.fixture
def sms(login: GatewayLogin) -> Callable[..., Any]:
    """Call `/sms` as that login, by POST, and return the JSON of the answer."""

    def call(action: str = "send", **fields: str) -> Any:
        answer = post(action, **fields)
        assert answer.status_code == 200, answer.content
        return answer.json()

    return call


def form(action: str = "send", **fields: str) -> dict[str, str]:
    given = {"action": action, "account": "922011", "password": "secret", "rt": "json"}
    if action == "send":
        given |= {"mobile": NUMBER, "content": ACME, "extno": "10690"}
    if action == "p2p":
        given |= {"mobileContentList": f"{NUMBER}#{ACME}\r", "extno": "10690"}
    return given | fields


def post(action: str = "send", **fields: str) -> Any:
    return Client(raise_request_exception=False).post(
        "/sms", urlencode(form(action, **fields)), content_type="application/x-www-form-urlencoded"
    )


def change(**fields: Any) -> None:
    """Change the login as staff do, a second ago."""
    GatewayLogin.objects.update(**fields)
    admission._logins._kept.clear()


def prepay(application: Application, balance: int, price: int = 45) -> Purse:
    purse = open_purse(application, charge_type="PRECHARGE", price_per_part=price)
    if balance:
        top_up(application.pk, balance, reason="bank", posted_by="boss")
    admission._logins._kept.clear()
    return purse
