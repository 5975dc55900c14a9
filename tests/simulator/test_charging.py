import pytest

from tests.simulator.conftest import Ask
from tests.simulator.process import Simulator


@pytest.mark.parametrize(
    ("content", "parts"),
    [
        ("a" * 70, 1),
        ("汉" * 70, 1),
        ("a" * 71, 2),
        ("a" * 134, 2),
        ("a" * 135, 3),
        ("👍" * 35, 1),
        ("👍" * 36, 2),
    ],
)
def test_a_text_costs_its_parts(ask: Ask, simulator: Simulator, content: str, parts: int) -> None:
    answer = ask("send", mobile="13800000001,13800000002", content=content)
    assert answer["balance"] == -153278040 - 2 * parts * 45
    assert [row["parts"] for row in simulator.ledger()] == [parts, parts]


def test_a_prepaid_account_stops_where_its_money_ends(ask: Ask, simulator: Simulator) -> None:
    simulator.add_account({"account": "922012", "balance": 100, "signature_check": False})
    answer = ask("send", account="922012", mobile="13800000001,13800000002,13800000003", content="a")
    assert [row["result"] for row in answer["list"]] == [0, 0, 15]
    assert answer["balance"] == 10


def test_a_prepaid_account_may_refuse_the_whole_call(ask: Ask, simulator: Simulator) -> None:
    simulator.add_account({"account": "922012", "balance": 0, "refusal_level": "status"})
    assert ask("send", account="922012", mobile="13800000001", content="【Acme】a")["status"] == "15"


def test_a_postpaid_account_goes_on_below_zero(ask: Ask, simulator: Simulator) -> None:
    simulator.add_account({"account": "922011", "balance": 0})
    assert ask("send", mobile="13800000001", content="a")["balance"] == -45
