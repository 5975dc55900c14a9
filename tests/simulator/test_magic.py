import pytest

from tests.simulator.conftest import Ask
from tests.simulator.process import Simulator

MA = [*range(1, 7), 9, *range(11, 15), *range(21, 31), 15, 17, 33, 44]
STATS = {
    **{f"1990002{code:04}": [f"MA:{code:04}"] for code in MA},
    "19900030200": ["MO:200"],
    "19900030254": ["MO:0254"],
    "19900030255": ["MO:0255"],
    "19900031234": ["MO:1234"],
    "19900060002": ["GB:0002"],
    "19900070140": ["DB:0140"],
    "19900040001": ["EXPIRED"],
    "19900040002": ["DELETED"],
    "19900040003": ["REJECTED"],
    "19900040004": ["UNDELIV"],
    "19900040007": ["ACCEPTD", "DELIVRD"],
    "19900040008": ["ENROUTE", "DELIVRD"],
    "19900040009": ["ACCEPTD"],
    "19900040010": [],
    "19900040011": ["DELIVRD", "DELIVRD"],
    "19900040013": ["UNDELIV", "DELIVRD"],
    "19900040014": ["DELIVRD", "UNDELIV"],
    "19900040015": ["MA:0001 "],
    "19900040020": [""],
    "19900040021": ["XX:9999"],
    "13800000001": ["DELIVRD"],
    "19912345678": ["DELIVRD"],
}


@pytest.mark.parametrize("mobile", STATS)
def test_a_number_yields_its_stats(ask: Ask, mobile: str) -> None:
    ask("send", mobile=mobile, content="a")
    assert [report["stat"] for report in ask("report")["list"]] == STATS[mobile]


@pytest.mark.parametrize("status", [1, 2, 3, 4, 5, 6, 7, 8, 21, 30, 41, 100, 102, 999])
def test_a_number_yields_its_status_for_the_whole_call(ask: Ask, simulator: Simulator, status: int) -> None:
    assert ask("send", mobile=f"13800000001,1990000{status:04}", content="a")["status"] == str(status)
    assert simulator.summary()["accepted"] == 0


@pytest.mark.parametrize("result", [10, 12, 15, 17, 77, 100])
def test_a_number_yields_its_result_for_itself(ask: Ask, result: int) -> None:
    answer = ask("send", mobile=f"13800000001,1990001{result:04}", content="a")
    assert [row["result"] for row in answer["list"]] == [0, result]


def test_numbers_do_the_same_in_a_p2p(ask: Ask) -> None:
    lines = "19900010017#a\r19900020029#b\r"
    assert [row["result"] for row in ask("p2p", mobileContentList=lines)["list"]] == [17, 0]
    assert ask("report")["list"][0]["stat"] == "MA:0029"
    assert ask("p2p", mobileContentList="19900000100#a")["status"] == "100"


def test_a_report_may_name_an_unknown_id_first(ask: Ask) -> None:
    mid = ask("send", mobile="19900040012", content="a")["list"][0]["mid"]
    mids = [report["mid"] for report in ask("report")["list"]]
    assert mids[0] != mid
    assert mids[1] == mid


def test_a_report_may_name_another_mobile(ask: Ask) -> None:
    ask("send", mobile="19900040017", content="a")
    assert ask("report")["list"][0]["mobile"] == "13900000000"


def test_a_report_may_come_with_the_id_in_lower_case(ask: Ask) -> None:
    mid = ask("send", mobile="19900040019", content="a")["list"][0]["mid"]
    assert ask("report")["list"][0]["mid"] == mid.lower()


def test_a_report_may_come_before_its_time(ask: Ask, simulator: Simulator) -> None:
    simulator.add_account({"account": "922011", "seconds_to_report": 60})
    ask("send", mobile="19900040018,13800000001", content="a")
    assert [report["mobile"] for report in ask("report")["list"]] == ["19900040018"]


REPLIES = {"19900050001": "你好", "19900050002": "TD", "19900050003": "退订", "19900050004": "👍🏽 好的"}


@pytest.mark.parametrize("mobile", REPLIES)
def test_a_phone_may_write_back(ask: Ask, mobile: str) -> None:
    mid = ask("send", mobile=mobile, content="你好", extno="106905")["list"][0]["mid"]
    (message,) = ask("mo")["list"]
    assert (message["content"], message["accessCode"], message["mid"]) == (REPLIES[mobile], "106905", mid)
    assert ask("report")["list"][0]["stat"] == "DELIVRD"
