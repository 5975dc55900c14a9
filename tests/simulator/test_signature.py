import pytest

from tests.simulator.conftest import Ask
from tests.simulator.process import Simulator


@pytest.mark.parametrize(
    ("content", "result"), [("【Acme】a", 0), ("a【Acme】", 17), ("【Other】a", 17), ("a", 17)]
)
def test_a_checked_account_needs_a_filed_signature(ask: Ask, content: str, result: int) -> None:
    answer = ask("send", account="922012", mobile="13800000001", content=content)
    assert answer["list"][0]["result"] == result


def test_each_line_of_a_p2p_is_checked(ask: Ask) -> None:
    answer = ask("p2p", account="922012", mobileContentList="13800000001#【Acme】a\r13800000002#a\r")
    assert [row["result"] for row in answer["list"]] == [0, 17]


def test_an_unchecked_account_needs_none(ask: Ask, simulator: Simulator) -> None:
    simulator.add_account({"account": "922012", "signature_check": False})
    assert ask("send", account="922012", mobile="13800000001", content="a")["list"][0]["result"] == 0


def test_at_the_level_of_the_call_one_bad_line_refuses_all(ask: Ask, simulator: Simulator) -> None:
    simulator.add_account({"account": "922012", "refusal_level": "status"})
    lines = "13800000001#【Acme】a\r13800000002#a\r"
    assert ask("p2p", account="922012", mobileContentList=lines)["status"] == "17"
    assert simulator.summary()["accepted"] == 0
