import pytest

from tests.simulator.conftest import Ask
from tests.simulator.process import Simulator


def test_an_inbound_message_is_handed_out_once(ask: Ask, simulator: Simulator) -> None:
    mid = simulator.queue_mo("18983437010", "上行内容1 👍", access_code="106901")
    (message,) = ask("mo")["list"]
    del message["time"]
    assert message == {
        "flag": 0,
        "mid": mid,
        "spid": "922011",
        "accessCode": "106901",
        "mobile": "18983437010",
        "content": "上行内容1 👍",
    }
    assert ask("mo")["list"] == []


@pytest.mark.parametrize(("field", "size", "count"), [("size", 10, 10), ("szie", 10, 10), ("size", 5000, 12)])
def test_size_goes_by_either_spelling(
    ask: Ask, simulator: Simulator, field: str, size: int, count: int
) -> None:
    for number in range(12):
        simulator.queue_mo("18983437010", str(number))
    contents = [message["content"] for message in ask("mo", **{field: size})["list"]]
    assert contents == [str(number) for number in range(count)]


def test_a_page_never_exceeds_a_thousand(ask: Ask) -> None:
    ask("send", mobile=",".join(["19900050001"] * 500), content="a")
    for _ in range(2):
        ask("send", mobile=",".join(["19900050001"] * 500), content="a")
    assert len(ask("mo", size=10000)["list"]) == 1000


def test_reports_leave_inbound_messages_alone(ask: Ask, simulator: Simulator) -> None:
    simulator.queue_mo("18983437010", "a")
    assert ask("report")["list"] == []
    assert len(ask("mo")["list"]) == 1
