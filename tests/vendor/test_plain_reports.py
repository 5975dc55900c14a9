"""Nearly all reports are plain and read in one step; however they are written, they say the same."""

import json

import pytest

from messaging.vendor import items
from messaging.vendor.items import read_item

PLAIN = {
    "flag": 1,
    "mid": "4C36654382720005",
    "spid": "922011",
    "accessCode": "106901234",
    "mobile": "18983437010",
    "stat": "MA:0029",
    "time": "2017-04-12 01:38:21",
}
CHANGES = {
    "plain": {},
    "flag as text": {"flag": "1"},
    "empty codes": {"accessCode": "", "spid": ""},
    "no such day": {"time": "2017-02-31 01:38:21"},
    "time with T": {"time": "2017-04-12T01:38:21"},
    "time like a number": {"time": "2017-04-12--01:38:2"},
}
NOT_PLAIN = {
    "flag is a truth": {"flag": True},
    "inbound": {"flag": 0},
    "country code": {"mobile": "+8618983437010"},
    "padded": {"stat": "MA:0029 "},
    "padded time": {"time": " 2017-04-12 01:38:2"},
    "time padded behind": {"time": "2017-04-12 01:38:2 "},
    "long stat": {"stat": "x" * 65},
    "mid with a blank": {"mid": "a b"},
    "number for a text": {"accessCode": 106901234},
    "line break": {"stat": "MA\n13800000001\nx"},
    "not ASCII": {"stat": "失败"},
    "nothing": {"mid": ""},
    "long": {"mid": "x" * 65},
}


def read(change, monkeypatch, *, at_once):
    item = PLAIN | change
    raw = json.dumps(item)
    if not at_once:
        monkeypatch.setattr(items, "_plain_report", lambda *_: None)
    return read_item(item, raw)


@pytest.mark.parametrize("change", (CHANGES | NOT_PLAIN).values(), ids=CHANGES | NOT_PLAIN)
def test_a_report_read_at_once_is_the_report_read_piece_by_piece(change, monkeypatch):
    assert read(change, monkeypatch, at_once=True) == read(change, monkeypatch, at_once=False)


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_plain_reports_are_read_at_once(change, monkeypatch):
    monkeypatch.setattr(items, "_report", None)
    assert read(change, monkeypatch, at_once=True).mid == PLAIN["mid"]
