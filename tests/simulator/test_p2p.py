import pytest

from tests.simulator.conftest import Ask
from tests.simulator.process import Simulator


@pytest.mark.parametrize("line_break", ["\r", "\n", "\r\n"])
@pytest.mark.parametrize("ends_with_one", [True, False])
def test_lines_may_end_in_any_way(
    ask: Ask, simulator: Simulator, line_break: str, ends_with_one: bool
) -> None:
    lines = line_break.join(["13800000001#内容1", "13800000002#内容2"]) + line_break * ends_with_one
    answer = ask("p2p", mobileContentList=lines)
    assert [row["mobile"] for row in answer["list"]] == ["13800000001", "13800000002"]
    assert [row["content"] for row in simulator.ledger()] == ["内容1", "内容2"]


def test_only_the_first_hash_separates(ask: Ask, simulator: Simulator) -> None:
    ask("p2p", mobileContentList="13800000001##1 of #2")
    assert simulator.ledger()[0]["content"] == "#1 of #2"


def test_other_separators_of_lines_belong_to_the_text(ask: Ask, simulator: Simulator) -> None:
    ask("p2p", mobileContentList="13800000001#one\u2028two\x0bthree")
    assert simulator.ledger()[0]["content"] == "one\u2028two\x0bthree"


@pytest.mark.parametrize(
    "lines", ["", "\n", "13800000001", "13800000001#", "#内容", "13800000001#a\n\n13800000002#b"]
)
def test_a_broken_line_refuses_the_call(ask: Ask, simulator: Simulator, lines: str) -> None:
    assert ask("p2p", mobileContentList=lines)["status"] == "1"
    assert simulator.ledger() == []


def test_too_many_lines_are_refused(ask: Ask) -> None:
    assert ask("p2p", mobileContentList="13800000001#a\n" * 501)["status"] == "102"
