"""Five hundred ordinary rows are read at a glance, and as each would be by itself."""

import json

import pytest

from messaging.vendor import answers
from messaging.vendor.answers import read_submit

PLAIN = {"mid": "59B2A1", "mobile": "13800000001", "result": 0}


def read(rows):
    return read_submit(json.dumps({"status": "0", "balance": 1, "list": rows}).encode()).rows


def read_one_by_one(rows):
    triples = [(row.get("mid"), row.get("mobile"), row.get("result")) for row in rows]
    return tuple(row for row in (answers._row(*triple, {}) for triple in triples) if row)


def test_plain_rows_are_not_looked_at_one_by_one(monkeypatch):
    monkeypatch.setattr(answers, "_row", None)
    rows = [PLAIN | {"mobile": f"138{n:08d}", "mid": f"a-{n}", "result": n % 20} for n in range(500)]
    found = read(rows)
    assert [(row.mobile, row.mid, row.result.code) for row in found] == [
        (row["mobile"], row["mid"], str(row["result"])) for row in rows
    ]
    assert {row.accepted for row in found if row.result.code == "0"} == {True}


@pytest.mark.parametrize(
    "odd",
    [
        {"mobile": "8613800000002"}, {"mobile": 13800000002}, {"mobile": ""}, {"mobile": None}, {"mobile": "1380"},
        {"mobile": "13800000002\n13800000003"}, {"mobile": "13800000002\n"}, {"mobile": ["13800000002"]},
        {"mid": ""}, {"mid": None}, {"mid": " A"}, {"mid": "A\nB"}, {"mid": "A\x00"}, {"mid": 17}, {"mid": "0017"},
        {"mid": "x" * 65}, {"mid": "x" * 256}, {"mid": "\u4e2d"}, {"mid": True}, {"mid": {}},
        {"result": "0"}, {"result": "00"}, {"result": True}, {"result": False}, {"result": None}, {"result": "ok"},
        {"result": -1}, {"result": 999}, {"result": 1000}, {"result": 10**30}, {"result": 0.0}, {"result": []},
    ],
    ids=repr,
)  # fmt: skip
def test_a_row_that_is_not_plain_is_read_as_by_itself_and_harms_no_other(odd):
    rows = [PLAIN, PLAIN | {"mobile": "13900000000"} | odd, PLAIN | {"mobile": "13700000000", "result": 17}]
    found = read(rows)
    assert found == read_one_by_one(rows)
    assert found[0] == read([PLAIN])[0]
    assert found[-1].result.code == "17"
