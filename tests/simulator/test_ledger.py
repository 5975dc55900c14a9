import json
from pathlib import Path
from urllib.parse import urlencode

from tests.simulator.conftest import SUBMISSION, Ask
from tests.simulator.process import Simulator, eventually, running_simulator


def test_the_ledger_holds_what_was_accepted(ask: Ask, simulator: Simulator) -> None:
    ask("balance")
    mids = [row["mid"] for row in ask("send", mobile="13800000001,19900010017", content="你好")["list"]]
    (row,) = simulator.ledger()
    assert row.pop("time") > 1_700_000_000
    assert row == {
        "mid": mids[0],
        "account": "922011",
        "mobile": "13800000001",
        "content": "你好",
        "extno": "10690",
        "parts": 1,
        "call": 2,
    }


def test_the_ledger_is_read_in_pages(ask: Ask, simulator: Simulator) -> None:
    ask("send", mobile="13800000001,13800000002,13800000003", content="a")
    first = simulator.control("ledger", limit=2)
    assert (first["total"], len(first["rows"]), first["next"]) == (3, 2, 2)
    assert [row["mobile"] for row in simulator.control("ledger", after=2)["rows"]] == ["13800000003"]


def test_the_summary_counts(ask: Ask, simulator: Simulator) -> None:
    ask("send", mobile="13800000001,13800000002,13800000001,19900040010", content="a")
    ask("send", mobile="19900000021", content="a")
    simulator.queue_mo("13800000001", "b")
    ask("report", size=10)
    assert simulator.summary() == {
        "accepted": 4,
        "distinct_mobiles": 3,
        "most_per_mobile": 2,
        "calls": {"send": 2, "report": 1},
        "statuses": {"0": 2, "21": 1},
        "reports_handed_out": 3,
        "inbound_handed_out": 0,
        "reports_waiting": 0,
        "inbound_waiting": 1,
    }


def test_what_was_handed_out_is_kept(ask: Ask, simulator: Simulator) -> None:
    ask("send", mobile="13800000001", content="a")
    assert simulator.handed() == []
    reports = ask("report")["list"]
    assert reports
    assert simulator.handed() == reports


def test_the_file_has_a_line_for_each_message_and_ids_survive_a_restart(tmp_path: Path) -> None:
    path = tmp_path / "ledger.jsonl"
    form = SUBMISSION | {
        "action": "send",
        "mobile": "13800000001,13800000002",
        "content": "你好",
        "rt": "json",
    }
    for _ in range(2):
        with running_simulator(ledger=path) as simulator:
            simulator.fetch(f"{simulator.url}?{urlencode(form)}")
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    assert [row["mobile"] for row in rows] == ["13800000001", "13800000002"] * 2
    assert len({row["mid"] for row in rows}) == 4


def test_the_file_is_written_while_the_gateway_runs(tmp_path: Path) -> None:
    path = tmp_path / "ledger.jsonl"
    form = SUBMISSION | {"action": "send", "mobile": "13800000001", "content": "a", "rt": "json"}
    with running_simulator(ledger=path) as simulator:
        simulator.fetch(f"{simulator.url}?{urlencode(form)}")
        eventually(lambda: path.read_text().count("\n") == 1)
