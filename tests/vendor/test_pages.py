"""Pages of reports and inbound messages: what is read, and what is kept as text."""

import json
from datetime import UTC, datetime

import pytest

from messaging.vendor.wire import Unreadable, read_page

REPORT = {
    "flag": 1,
    "mid": "4C36654382720005",
    "spid": "922011",
    "accessCode": "106901234",
    "mobile": "18983437010",
    "stat": "MA:0029",
    "time": "2017-04-12 01:38:21",
}
INBOUND = {
    "flag": 0,
    "mid": "4C36654382720005",
    "spid": "922011",
    "accessCode": "10690",
    "mobile": "18983437010",
    "content": "上行内容1",
    "time": "2017-04-12 01:38:21",
}
WHEN = datetime(2017, 4, 11, 17, 38, 21, tzinfo=UTC)


def _page(*items, **head):
    return read_page(json.dumps({"status": "0", "balance": -1, "list": items, **head}).encode())


def _without(item, *names):
    return {name: value for name, value in item.items() if name not in names}


def test_a_report_is_read_with_its_time_in_utc_and_its_raw_text():
    [report] = _page(REPORT).reports
    assert (report.mid, report.mobile, report.stat) == ("4C36654382720005", "18983437010", "MA:0029")
    assert (report.time, report.time_raw) == (WHEN, "2017-04-12 01:38:21")
    assert (report.access_code, report.spid, json.loads(report.raw)) == ("106901234", "922011", REPORT)


def test_an_inbound_message_is_read_with_its_text_intact():
    text = " <b>退订😀</b>\r\n" + "长" * 2000
    [inbound] = _page({**INBOUND, "content": text}).inbound
    assert (inbound.mid, inbound.mobile, inbound.content) == ("4C36654382720005", "18983437010", text)
    assert (inbound.time, inbound.access_code, inbound.spid) == (WHEN, "10690", "922011")


def test_a_raw_line_break_inside_a_text_is_no_fault():
    body = b'{"status":"0","list":[{"flag":0,"mid":"1","mobile":"18983437010","content":"a\r\nb"}]}'
    assert read_page(body).inbound[0].content == "a\r\nb"


def test_the_raw_text_is_the_very_slice_of_the_body():
    item = '{ "flag" :1,"mid":"A", "mobile":"18983437010","stat":"DELIVRD" ,"x":1.50}'
    assert read_page(f'{{"status":0,"list":[ {item} ]}}'.encode()).reports[0].raw == item


def test_an_empty_page_is_a_page():
    page = read_page(b'{"status":"0","balance":-153278040,"list":[]}')
    assert (page.status.code, page.balance) == ("0", -153278040)
    assert (page.reports, page.inbound, page.unreadable, page.truncated) == ((), (), (), False)


@pytest.mark.parametrize(
    "body", [b'{"status":3}', b'{"status":"3","list":null}', b'{"list":[],"status":"3"}']
)
def test_an_error_needs_no_list(body):
    page = read_page(body)
    assert (page.status.code, page.reports, page.unreadable, page.truncated) == ("3", (), (), False)


@pytest.mark.parametrize(
    ("item", "kind"),
    [
        (REPORT, "reports"),
        ({**REPORT, "flag": "1"}, "reports"),
        ({**REPORT, "flag": " 1 ", "content": "meaningless"}, "reports"),
        (_without(REPORT, "flag"), "reports"),
        ({**REPORT, "flag": None, "content": ""}, "reports"),
        (INBOUND, "inbound"),
        ({**INBOUND, "flag": "0", "stat": "meaningless"}, "inbound"),
        (_without(INBOUND, "flag"), "inbound"),
        ({**INBOUND, "flag": ""}, "inbound"),
        (_without(INBOUND, "mid"), "inbound"),
        ({**INBOUND, "content": ""}, "inbound"),
        ({**INBOUND, "content": 1}, "inbound"),
        ({**_without(INBOUND, "flag"), "stat": "DELIVRD"}, "unreadable"),
        ({**REPORT, "flag": 2}, "unreadable"),
        ({**REPORT, "flag": True}, "unreadable"),
        (_without(REPORT, "stat"), "unreadable"),
        ({**REPORT, "stat": " "}, "unreadable"),
        ({**REPORT, "stat": "x" * 65}, "unreadable"),
        (_without(REPORT, "mid"), "unreadable"),
        (_without(REPORT, "mobile"), "unreadable"),
        (_without(INBOUND, "content"), "unreadable"),
        (_without(INBOUND, "mobile"), "unreadable"),
        ({}, "unreadable"),
        ("text", "unreadable"),
        (None, "unreadable"),
        ([REPORT], "unreadable"),
    ],
)
def test_an_item_is_routed_by_flag_and_guessed_only_without_one(item, kind):
    page = _page(item)
    found = {name: len(getattr(page, name)) for name in ("reports", "inbound", "unreadable")}
    assert found == {"reports": 0, "inbound": 0, "unreadable": 0} | {kind: 1}


@pytest.mark.parametrize(
    "broken", ['{"flag":1,"mid":"x",}', '{"mid":NaN,"stat":"x"}', '{"mid":"a" "b"}', "{]}", '{"n":-}']
)
def test_one_broken_item_costs_no_other(broken):
    good = json.dumps(REPORT)
    body = '{"status":"0","list":[' + ",".join([*[good] * 499, broken, *[good] * 500]) + "]}"
    page = read_page(body.encode())
    assert len(page.reports) == 999
    assert page.unreadable == (broken,)
    assert not page.truncated


def test_a_damaged_letter_costs_only_its_item():
    good, bad = (
        json.dumps({**INBOUND, "content": text}, ensure_ascii=False).encode() for text in ("好", "坏")
    )
    bad = bad.replace("坏".encode(), b"\xe5\x9d")
    page = read_page(b'{"status":"0","list":[' + good + b"," + bad + b"]}")
    assert [item.content for item in page.inbound] == ["好"]
    assert len(page.unreadable) == 1


@pytest.mark.parametrize("stat", ["MA:0001 ", " MA:0001", "MA:0001\x00", "\tMA:0001\r\n"])
def test_a_stat_is_trimmed(stat):
    assert _page({**REPORT, "stat": stat}).reports[0].stat == "MA:0001"


@pytest.mark.parametrize("mid", [" 4c36 ", "4c36", "00123"])
def test_a_mid_is_kept_to_the_letter(mid):
    assert _page({**REPORT, "mid": mid}).reports[0].mid == mid


def test_numbers_are_read_as_text():
    report = _page(
        {**REPORT, "mid": 12345678901234567890123, "spid": 922011, "mobile": 8618983437010}
    ).reports[0]
    assert (report.mid, report.spid, report.mobile) == ("12345678901234567890123", "922011", "18983437010")


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("2017-04-12 01:38:21", WHEN),
        (" 2017-04-12T01:38:21 ", WHEN),
        ("2017-02-30 01:38:21", None),
        ("0001-01-01 00:00:00", None),
        ("2017-04-12", None),
        ("20170412013821", None),
        ("2017-04-12 01:38:21+08:00", None),
        (1491932301, None),
        ("", None),
        (None, None),
        ([], None),
    ],
)
def test_a_time_is_china_time_or_none_and_kept_as_it_came(written, read):
    report = _page({**REPORT, "time": written}).reports[0]
    assert report.time == read
    assert report.time_raw == ("" if written in (None, []) else str(written).strip())


def test_what_no_database_can_hold_is_made_visible():
    page = read_page(
        b'{"status":"0","list":[{"flag":0,"mid":"a\\u0000b","mobile":"1","content":"\\ud800x\\u0000"}]}'
    )
    assert (page.inbound[0].mid, page.inbound[0].content) == ("a\ufffdb", "\ufffdx\ufffd")


@pytest.mark.parametrize(
    "body", [b"", b"  ", b"OK", b"null", b"1", b'{"a":1}', b"{", b"[", b'{"status":', b"[" * 100_000]
)
def test_a_body_without_status_and_items_is_unreadable(body):
    with pytest.raises(Unreadable):
        read_page(body)
