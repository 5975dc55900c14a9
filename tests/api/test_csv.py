"""A batch as a file for a spreadsheet: whole, in order, and no cell of it a formula (FAULTS F9)."""

import csv
import io
import tracemalloc

import pytest
from rest_framework.test import APIClient

from messaging import spreadsheets

pytestmark = pytest.mark.django_db

FORMULAS = [
    '=HYPERLINK("http://evil.example","x")', "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "＝1+1", "＋1", "－1", "＠x",
    "\t=1", "\r=1", "\n=1", " =1", "\u3000=1", "\u00a0+1", "\ufeff=1", "'=1", "''", "'",
]  # fmt: skip
PLAIN = ["order-42", "a=b", "1-1", "【Acme】+1", 'say "hi", then;\r\nleave', "多\t谢", "😀"]


def file_of(api, batch, **headers):
    answer = api.get(f"batches/{batch}/messages.csv", **headers)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    return b"".join(answer.streaming_content)


def rows_of(octets):
    return list(csv.DictReader(io.StringIO(octets.decode("utf-8-sig"), newline="")))


def as_it_was(cell):
    """What the documentation tells readers to do."""
    return cell.removeprefix("'")


@pytest.mark.fault("F9")
@pytest.mark.parametrize("text", FORMULAS)
def test_what_could_be_a_formula_is_text_and_comes_back_as_it_was(text):
    [[cell]] = csv.reader(io.StringIO(spreadsheets.written([[text]]), newline=""))
    assert cell.startswith("'")
    assert as_it_was(cell) == text


@pytest.mark.parametrize("text", [*PLAIN, ""])
def test_other_texts_stay_as_they_are(text):
    [[cell]] = csv.reader(io.StringIO(spreadsheets.written([[text]]), newline=""))
    assert cell == text


@pytest.mark.fault("F9")
def test_formulas_of_callers_are_neutralised_in_the_file(api):
    """A reference holds no tab or line break; a text does."""
    texts = [*FORMULAS, *PLAIN]
    references = ["" if {*text} & {"\t", "\r", "\n"} else text for text in texts]
    entries = [
        {"to": f"138000000{n:02d}", "content": f"{text} ", "reference": reference}
        for n, (text, reference) in enumerate(zip(texts, references, strict=True))
    ]
    batch = api.post("batches", {"messages": entries}).json()["id"]
    octets = file_of(api, batch)
    rows = rows_of(octets)
    assert [as_it_was(row["reference"]) for row in rows] == references
    assert [as_it_was(row["content"]) for row in rows] == [f"{text} " for text in texts]
    cells = [cell for row in csv.reader(io.StringIO(octets.decode("utf-8-sig"), newline="")) for cell in row]
    assert [
        cell for cell in cells if cell.lstrip(" \u3000\u00a0\ufeff").startswith(tuple("=+-@＝＋－＠\t\r\n"))
    ] == []


def test_the_file_is_utf_8_with_its_mark_and_lines_as_rfc_4180_has_them(api):
    batch = api.post(
        "batches", {"to": ["13800000001"], "content": "【Acme】第一行\n第二行", "category": "otp"}
    )
    octets = file_of(api, batch.json()["id"])
    assert octets.startswith("\ufeff".encode())
    assert octets.endswith(b'"\r\n')
    [row] = rows_of(octets)
    assert row["content"] == "【Acme】第一行\n第二行"
    assert (row["to"], row["status"], row["parts"]) == ("13800000001", "queued", "1")
    assert row["created_at"].endswith("Z")


def test_the_file_says_what_became_of_each(api, upstream, submit_all, pull_until_final):
    batch = api.post("batches", {"to": ["13800000001", "19900020029"], "content": "【Acme】hi"}).json()["id"]
    submit_all()
    pull_until_final(upstream)
    listed = api.get(f"batches/{batch}/messages").json()["results"]
    for row, message in zip(rows_of(file_of(api, batch)), listed, strict=True):
        for name in ("id", "to", "status", "content", "mid", "account", "submitted_at", "final_at"):
            assert row[name] == message[name]
        code = message["code"] or {"table": "", "code": "", "meaning": ""}
        assert (row["code_table"], row["code"], row["meaning"]) == (
            code["table"],
            code["code"],
            code["meaning"],
        )
    chinese = rows_of(file_of(api, batch, **{"Accept-Language": "zh-hans"}))
    assert chinese[1]["meaning"] != rows_of(file_of(api, batch))[1]["meaning"]


def batch_of(api, count):
    numbers = [f"138{n:08d}" for n in range(count)]
    return api.post("batches", {"to": numbers, "content": "【Acme】" + "a" * 500}).json()["id"], numbers


def held(api, batch):
    """Bytes that were held at most while the file was made."""
    answer = api.get(f"batches/{batch}/messages.csv")
    tracemalloc.start()
    try:
        for _piece in answer.streaming_content:
            pass
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_ten_thousand_rows_take_no_more_memory_than_two_thousand(api):
    few, _ = batch_of(api, 2_000)
    many, numbers = batch_of(api, 10_000)
    held(api, few)
    assert held(api, many) < held(api, few) * 1.2
    assert [row["to"] for row in rows_of(file_of(api, many))] == numbers


@pytest.mark.parametrize(
    "accept", ["text/csv", "*/*", "application/json", "text/csv, application/json;q=0.5"]
)
def test_the_file_comes_whatever_of_it_is_asked_for(api, accept):
    batch = api.post("batches", {"to": ["13800000001"], "content": "hi"}).json()["id"]
    assert rows_of(file_of(api, batch, Accept=accept))


def test_who_asks_for_csv_is_told_in_json_why_there_is_none(api):
    path = "batches/019a0d2e-7c1b-7e3a-9f4e-0d6c2b1a9f00/messages.csv"
    answer = api.get(path, Accept="text/csv")
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert answer.headers["Content-Type"] == "application/problem+json"
    refused = APIClient().get(
        "/api/v1/batches/019a0d2e-7c1b-7e3a-9f4e-0d6c2b1a9f00/messages.csv", HTTP_ACCEPT="text/csv"
    )
    assert refused.json()["code"] == "unauthenticated"
