import re

import pytest

from tests.simulator.conftest import Ask
from tests.simulator.process import Simulator, running_simulator

TIME = r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d"


def test_a_report_names_the_message(ask: Ask) -> None:
    sent = ask("send", mobile="13800000001", content="a", extno="1069077")["list"][0]
    (report,) = ask("report")["list"]
    assert re.fullmatch(TIME, report.pop("time"))
    assert report == {
        "flag": 1,
        "mid": sent["mid"],
        "spid": "922011",
        "accessCode": "1069077",
        "mobile": "13800000001",
        "stat": "DELIVRD",
    }


def test_fetching_consumes(ask: Ask, simulator: Simulator) -> None:
    ask("send", mobile="13800000001", content="a")
    assert len(ask("report")["list"]) == 1
    assert ask("report") == {"status": "0", "balance": -153278085, "list": []}
    assert simulator.summary()["reports_handed_out"] == 1


def test_a_refused_fetch_consumes_nothing(ask: Ask) -> None:
    ask("send", mobile="13800000001", content="a")
    assert ask("report", password="wrong")["status"] == "3"
    assert ask("mo")["list"] == []
    assert len(ask("report")["list"]) == 1


@pytest.mark.parametrize(
    ("size", "pages"), [("10", [10, 10, 5]), ("1", [10, 10, 5]), ("20000", [25]), (None, [25])]
)
def test_size_is_moved_into_its_limits(ask: Ask, size: str | None, pages: list[int]) -> None:
    ask("send", mobile=",".join(f"138{number:08}" for number in range(25)), content="a")
    assert [len(ask("report", size=size)["list"]) for _ in pages] == pages


def test_a_size_that_is_no_number_is_malformed(ask: Ask) -> None:
    assert ask("report", size="ten")["status"] == "1"


def test_reports_belong_to_their_account(ask: Ask) -> None:
    ask("send", mobile="13800000001", content="a")
    assert ask("report", account="922012")["list"] == []


def test_a_report_waits_for_its_time(ask: Ask, simulator: Simulator) -> None:
    simulator.add_account({"account": "922011", "seconds_to_report": 60})
    ask("send", mobile="13800000001", content="a")
    assert ask("report")["list"] == []
    assert simulator.summary()["reports_waiting"] == 1


def test_times_are_china_s_wherever_the_gateway_runs(
    ask: Ask, simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    simulator.queue_report("4C36654382720005", "13800000001", "MA:0029", time=0)
    assert ask("report")["list"][0]["time"] == "1970-01-01 08:00:00"
    monkeypatch.setenv("TZ", "America/New_York")
    with running_simulator() as abroad:
        abroad.queue_report("4C36654382720005", "13800000001", "MA:0029", time=0)
        fetch = f"{abroad.url}?action=report&account=922011&password=simulator&rt=json"
        assert abroad.fetch(fetch)["list"][0]["time"] == "1970-01-01 08:00:00"
