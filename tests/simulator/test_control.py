import json
from collections.abc import Mapping

import pytest

from messaging.simulator.control import Control
from messaging.simulator.faults import Faults
from messaging.simulator.gateway import Gateway
from messaging.simulator.http1 import Request
from messaging.simulator.ledger import Ledger
from messaging.simulator.push import Pusher
from tests.simulator.conftest import Ask, Fetch
from tests.simulator.process import Simulator

NEW = {"account": "shop", "password": "secret"}


def test_health_is_told(simulator: Simulator) -> None:
    assert simulator.control("health") == {"ready": True}


def test_an_account_can_be_added(ask: Ask, simulator: Simulator) -> None:
    simulator.add_account(NEW | {"extnos": ["1065"], "charge_type": "PRECHARGE", "balance": 90})
    answer = ask("send", **NEW, extno="106512", mobile="13800000001", content="a")
    assert answer["balance"] == 45


def test_a_change_leaves_other_fields_alone_and_null_means_the_default(
    ask: Ask, simulator: Simulator
) -> None:
    simulator.add_account({"account": "922012", "price": 50})
    simulator.add_account({"account": "922012", "price": None, "signature_check": False})
    assert ask("send", account="922012", mobile="13800000001", content="a")["balance"] == 100_000 - 45


def test_a_change_leaves_what_waits(ask: Ask, simulator: Simulator) -> None:
    simulator.queue_mo("13800000001", "a")
    simulator.add_account({"account": "922011", "price": 50})
    assert len(ask("mo")["list"]) == 1


@pytest.mark.parametrize(
    "account",
    [
        {"account": "shop"},
        NEW | {"colour": "red"},
        NEW | {"price": "45"},
        NEW | {"extnos": "10690"},
        NEW | {"charge_type": "GIFT"},
        NEW | {"push_retry_seconds": []},
    ],
)
def test_what_is_no_account_is_refused(fetch: Fetch, account: Mapping[str, object]) -> None:
    answer = fetch("POST", "/control/accounts", json.dumps(account))
    assert answer.status == 400
    assert "error" in answer.text


def test_reset_is_the_start_again(ask: Ask, simulator: Simulator) -> None:
    ask("send", mobile="13800000001", content="a")
    simulator.add_account(NEW)
    simulator.script({"fault": "status", "status": 5})
    simulator.reset()
    assert ask("balance")["balance"] == -153278040
    assert ask("report")["list"] == []
    assert ask("balance", **NEW)["status"] == 3
    assert simulator.ledger() == []


def test_a_form_does_as_well_as_json(ask: Ask, fetch: Fetch) -> None:
    assert fetch("POST", "/control/mo", "account=922011&mobile=13800000001&content=hi").status == 200
    assert ask("mo")["list"][0]["content"] == "hi"


@pytest.mark.parametrize(
    ("peer", "status"), [("127.0.0.1", 200), ("::1", 200), ("10.0.0.7", 403), ("::12", 403)]
)
def test_only_this_machine_has_control(peer: str, status: int) -> None:
    gateway = Gateway([], Ledger())
    request = Request("GET", "/control/health", "", {}, b"", peer, keep_alive=True)
    assert Control(gateway, Faults(), Pusher(gateway)).reply(request).status == status
