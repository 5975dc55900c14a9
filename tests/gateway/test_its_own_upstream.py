"""The house as its own upstream: an application of ours sends through a gateway login of ours."""

import json
import os
import urllib.request
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from accounts.logins import create_gateway_login
from accounts.models import Application, GatewayLogin, Purse, Route, UpstreamAccount
from accounts.services import create_application, create_upstream_account
from messaging.gateway import admission
from messaging.models import Message
from messaging.services import balance, payloads, pushing
from messaging.services.submission import submit_next
from tests.conftest import Api
from tests.faults.service import NOT_OURS, SHORT, _command, _up, running_service, until
from tests.simulator.process import eventually

PRICE = 45


def pull(account: UpstreamAccount) -> None:
    payloads.pull_turn(account.pk, payloads.Kind.REPORT)
    payloads.read_waiting()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("auth_mode", "pushed"), [("plain", False), ("md5", True)])
def test_a_message_goes_round_and_its_report_comes_back(
    live_server: Any,
    settings: Any,
    shop: Application,
    upstream: UpstreamAccount,
    auth_mode: str,
    pushed: bool,
) -> None:
    """caller → /sms → shop → simulator, in one service; each step by the code that meets the vendor."""
    admission._logins._kept.clear()
    Route.objects.update(application=shop)  # the simulator is the shop's way, and nobody else's
    create_gateway_login(shop, account="caller", password="secret", extnos=["10690"], price_per_part=PRICE)
    caller, key = create_application("caller", environment="sandbox")
    front = create_upstream_account(
        name="ourselves", environment="sandbox", base_url=f"{live_server.url}/sms", account="caller",
        password="secret", extno="10690", auth_mode=auth_mode,
    )  # fmt: skip
    settings.WEBHOOK_ALLOWED_NETWORKS = ["127.0.0.0/8"]
    if pushed:
        GatewayLogin.objects.update(push_url=live_server.url + front.push_path)
    Route.objects.create(application=caller, upstream_account=front, environment="sandbox")
    api = Api(key)
    numbers = [str(13800000000 + number) for number in range(40)]
    api.post("batches", {"to": numbers, "content": "【Acme】一#1 & 50%"})
    api.post(
        "batches", {"messages": [{"to": number, "content": f"【Acme】{number}"} for number in numbers[:10]]}
    )

    def settled() -> bool:
        while submit_next("notification"):
            pass
        pull(upstream)
        if pushed:
            for endpoint in pushing.fill():
                pushing.push(endpoint)
            payloads.read_waiting()
        else:
            pull(front)
        return not Message.objects.exclude(state="delivered").exists()

    eventually(settled, 30)
    theirs = set(Message.objects.filter(application=shop).values_list("mobile", "reference"))
    ours = set(Message.objects.filter(application=caller).values_list("mobile", "mid"))
    assert ours == theirs
    assert len(ours) == 50
    balance.read_balance(front.pk)
    front.refresh_from_db()
    assert (front.balance, front.charge_type) == (Purse.objects.get().balance, "POSTCHARGE")
    assert front.balance == -50 * PRICE


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_ten_thousand_through_two_services(tmp_path: Path) -> None:
    """Two services on one machine, one the other's gateway; then the ledgers of both say the same."""
    with running_service(tmp_path / "gateway") as gateway:
        environment = {name: value for name, value in os.environ.items() if name not in NOT_OURS} | SHORT
        theirs = environment | {
            "SMSGATEWAY_HOME": str(gateway.home.folder),
            "DATABASE_URL": gateway.database_url,
            "REDIS_URL": gateway.redis_url,
        }
        _command(
            theirs, "create_gateway_login", "--application", "shop", "--account", "caller", "--password", "secret",
            "--extno", "10690", "--balance", str(12_000 * PRICE), "--price", str(PRICE),
        )  # fmt: skip
        ours = environment | {"SMSGATEWAY_HOME": str(tmp_path / "caller")}
        with _up(ours, tmp_path / "caller.log") as url:
            _command(
                ours, "create_upstream_account", "gateway", "--base-url", f"{gateway.base_url}/sms", "--account",
                "caller", "--password", "secret", "--extno", "10690", "--max-numbers", "500", "--default",
            )  # fmt: skip
            key = _command(ours, "create_application", "caller")["api_key"]
            numbers = [str(13800000000 + number) for number in range(10_000)]
            batch = _call(url, key, "batches", {"to": numbers, "content": "【Acme】hi"})["id"]
            until(lambda: _call(url, key, f"batches/{batch}")["counts"] == {"delivered": 10_000}, 180)
            told = Counter()
            answers = _pages(url, key, batch)
            told.update(message["mid"] for message in answers)
            balance_here = until(lambda: _balance(url, key), 90)
        stored = dict(gateway.sql("SELECT reference, mobile FROM messaging_message"))
        assert {message["mid"]: message["to"] for message in answers} == stored
        assert set(told.values()) == {1}
        assert Counter(row["mobile"] for row in gateway.ledger()) == Counter(numbers)
        assert gateway.sql("SELECT balance FROM accounts_purse") == [(balance_here,)]
        assert balance_here == 2_000 * PRICE
        assert gateway.sql("SELECT sum(amount) FROM accounts_posting") == [(0,)]


def _balance(url: str, key: str) -> int | None:
    """What the caller's service read from the gateway, once it has read all of it."""
    (account,) = _call(url, key, "balance")["accounts"]
    return account["balance"] if account["balance"] == 2_000 * PRICE else None


def _pages(url: str, key: str, batch: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    path: str | None = f"batches/{batch}/messages?limit=500"
    while path:
        page = _call(url, key, path)
        found += page["results"]
        path = f"batches/{batch}/messages?limit=500&cursor={page['next']}" if page["next"] else None
    return found


def _call(url: str, key: str, path: str, body: Any = None) -> Any:
    request = urllib.request.Request(
        f"{url}/api/v1/{path}",
        json.dumps(body).encode() if body else None,
        {"Authorization": f"Bearer {key}", "Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.load(answer)
