import pytest

from tests.simulator.conftest import Ask
from tests.simulator.process import Simulator

TROUBLE = [
    ({"allowed_ips": ["10.0.0.1"]}, 2),
    ({"allowed_ips": ["127.0.0.1"]}, 0),
    ({"protocol": "cmpp"}, 6),
    ({"enabled": False}, 7),
]


@pytest.mark.parametrize("action", ["send", "p2p", "balance", "report", "mo"])
@pytest.mark.parametrize(("change", "status"), TROUBLE)
def test_trouble_with_the_account_refuses_every_call(
    ask: Ask, simulator: Simulator, change: dict[str, object], status: int, action: str
) -> None:
    simulator.add_account({"account": "922011"} | change)
    fields = {
        "send": {"mobile": "13800000001", "content": "a"},
        "p2p": {"mobileContentList": "13800000001#a"},
    }
    assert int(ask(action, **fields.get(action, {}))["status"]) == status


def test_a_wrong_password_does_not_learn_that_the_account_is_disabled(ask: Ask, simulator: Simulator) -> None:
    simulator.add_account({"account": "922011", "enabled": False})
    assert ask("report", password="wrong")["status"] == "3"
