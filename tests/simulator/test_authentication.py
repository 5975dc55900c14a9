import hashlib

import pytest

from tests.simulator.conftest import Ask
from tests.simulator.process import Simulator

SEND = {"mobile": "13800000001,13800000002", "content": "【Acme】验证码 4711"}
LINES = {"mobileContentList": "13800000001#内容1\r\n13800000002#内容2\r\n"}


def md5(text: str) -> str:
    return hashlib.md5(text.encode()).hexdigest()


SIGNED = {
    "send": (SEND, "simulator10690【Acme】验证码 471113800000001,13800000002"),
    "p2p": (LINES, "simulator1069013800000001#内容113800000002#内容2"),
    "balance": ({}, "simulator"),
    "report": ({}, "simulator"),
    "mo": ({}, "simulator"),
}


@pytest.mark.parametrize("action", SIGNED)
def test_md5_is_over_the_fields_of_the_document(ask: Ask, action: str) -> None:
    fields, signed = SIGNED[action]
    assert int(ask(action, **fields, password=md5(signed))["status"]) == 0


@pytest.mark.parametrize("action", SIGNED)
def test_a_plain_password_is_enough(ask: Ask, action: str) -> None:
    assert int(ask(action, **SIGNED[action][0])["status"]) == 0


@pytest.mark.parametrize("action", SIGNED)
def test_another_password_is_refused(ask: Ask, action: str) -> None:
    fields, _ = SIGNED[action]
    assert int(ask(action, **fields, password="Simulator")["status"]) == 3
    assert int(ask(action, **fields, password=md5("other"))["status"]) == 3


def test_an_unknown_account_is_refused(ask: Ask) -> None:
    assert ask("report", account="nobody")["status"] == "3"


def test_order_and_case_are_settings_of_the_account(ask: Ask, simulator: Simulator) -> None:
    simulator.add_account({"account": "922011", "md5_order": "mobile_content", "md5_case": "upper"})
    _, signed = SIGNED["send"]
    other = md5("simulator10690" + SEND["mobile"] + SEND["content"]).upper()
    assert ask("send", **SEND, password=other)["status"] == "0"
    assert ask("send", **SEND, password=md5(signed))["status"] == "3"


@pytest.mark.parametrize(("mode", "plain", "signed"), [("plain", 0, 3), ("md5", 3, 0)])
def test_an_account_may_take_one_mode_only(
    ask: Ask, simulator: Simulator, mode: str, plain: int, signed: int
) -> None:
    simulator.add_account({"account": "922011", "auth_modes": [mode]})
    assert ask("balance")["status"] == plain
    assert ask("balance", password=md5("simulator"))["status"] == signed
