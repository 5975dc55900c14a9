import pytest

from tests.simulator.conftest import Ask
from tests.simulator.process import Simulator


@pytest.mark.parametrize(
    ("extno", "result"), [("10690", 0), ("1069012345", 0), ("1069", 10), ("20690", 10), ("", 10)]
)
def test_an_extno_may_be_extended_but_not_replaced(ask: Ask, extno: str, result: int) -> None:
    answer = ask("send", mobile="13800000001,13800000002", content="a", extno=extno)
    assert [row["result"] for row in answer["list"]] == [result, result]


def test_a_refused_number_costs_nothing_and_gets_no_report(ask: Ask, simulator: Simulator) -> None:
    answer = ask("send", mobile="13800000001", content="a", extno="0")
    assert answer["balance"] == -153278040
    assert simulator.summary()["accepted"] == 0
    assert ask("report")["list"] == []


def test_an_account_may_refuse_at_the_level_of_the_call(ask: Ask, simulator: Simulator) -> None:
    simulator.add_account({"account": "922011", "refusal_level": "status"})
    assert ask("send", mobile="13800000001", content="a", extno="0") == {"status": "10", "balance": 0}
