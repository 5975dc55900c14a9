"""Files of recipients: read as spreadsheets write them, or refused with row and reason; never read by half."""

import io
import zipfile
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import translation

from messaging import sheets
from messaging.models import Draft, Message
from messaging.recipients import invalid_number
from messaging.sheets import Columns, Entry, Unreadable, read_file, read_pasted
from tests.admin.conftest import NASTY, World
from tests.admin.sending import SEND, drafted, filled, upload
from tests.api.web import answered, running_web

pytestmark = pytest.mark.fault("F18")

CHINESE = "手机号,内容\n13800000001,您好，验证码4711\n"
ZIP = io.BytesIO()
with zipfile.ZipFile(ZIP, "w", zipfile.ZIP_DEFLATED) as archive:
    # The bytes are part of tests' names, so they are the same in every process.
    entry = zipfile.ZipInfo("numbers.csv", date_time=(2026, 1, 1, 0, 0, 0))
    entry.compress_type = zipfile.ZIP_DEFLATED
    archive.writestr(entry, "13800000001\n" * 1_000_000)


@pytest.mark.parametrize(
    ("encoding", "told"),
    [
        ("utf-8", "UTF-8"), ("utf-8-sig", "UTF-8"), ("gbk", "GB18030"), ("gb18030", "GB18030"), ("utf-16", "UTF-16-LE"),
    ],
)  # fmt: skip
def test_a_file_is_read_in_the_encoding_it_has(encoding: str, told: str) -> None:
    sheet = read_file(CHINESE.encode(encoding), own_texts=True)
    assert sheet.encoding == told
    assert sheet.entries == [Entry(2, "13800000001", "您好，验证码4711")]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_cells_are_parted_as_the_file_does(delimiter: str, line_end: str) -> None:
    text = line_end.join(["name;x,手机".replace(";x,", delimiter), delimiter.join(["Li", "13800000001"]), ""])
    assert read_file(text.encode(), own_texts=False).entries == [Entry(2, "13800000001")]


def test_a_text_in_quotes_may_have_lines_delimiters_and_quotes() -> None:
    data = '手机,内容\r\n13800000001,"a,\r\nb ""c"""\r\n13800000002,d\r\n'
    assert read_file(data.encode(), own_texts=True).entries == [
        Entry(2, "13800000001", 'a,\nb "c"'), Entry(3, "13800000002", "d"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "columns", "first_row"),
    [
        ("13800000001\n", Columns(0), 1),
        ("x\n13800000001\n", Columns(0), 2),
        ("phone 1,text\n13800000001,hi\n", Columns(0, 1), 2),
        ("order,13800000001\n", Columns(1, 0), 1),
        ("Mobile,Ref\n13800000001,7\n", Columns(0, None, 1), 2),
        ("订单号,内容,手机号\n7,hi,13800000001\n", Columns(2, 1, 0), 2),
        ("hi 1,13800000001\n", Columns(1, 0), 1),
        ("姓名,手机\nLi,13800000001\n", Columns(1), 2),
        ("\n\n13800000001\n", Columns(0), 3),
    ],
)
def test_header_and_columns_are_found(text: str, columns: Columns, first_row: int) -> None:
    sheet = read_file(text.encode(), own_texts=True)
    assert (sheet.columns, sheet.entries[0].row) == (columns, first_row)


def test_an_unnamed_column_is_no_text_where_the_form_has_one() -> None:
    assert read_file(b"13800000001,Li\n", own_texts=False).columns == Columns(0)


@pytest.mark.parametrize("written", ["1.38E+10", "1.3800000001E+10", "1.38e10", "1,38E+10", " 1E+10 "])
def test_a_number_that_a_spreadsheet_shortened_is_told_with_what_to_do(
    desk: Client, world: World, written: str
) -> None:
    data = f'Li,手机\nLi,"{written}"\nWang,13800000002\n'
    draft = drafted(desk, filled(world, numbers="", file=upload(data.encode())))
    page = " ".join(desk.get(draft).content.decode().split())
    assert "1 good, 1 bad" in page
    assert "The spreadsheet took this number for a quantity" in page
    assert "format the column as text" in page
    with translation.override("zh-hans"):
        assert "设为文本格式" in invalid_number(written)


def test_the_column_of_shortened_numbers_is_found_without_a_header() -> None:
    sheet = read_file(b"order 1,1.38E+10\norder 2,1.39E+10\n", own_texts=False)
    assert [entry.to for entry in sheet.entries] == ["1.38E+10", "1.39E+10"]


@pytest.mark.parametrize("written", ["E+10", "1.38E", "13800000001E", "abc", "1.38", "12"])
def test_what_is_no_shortened_number_is_not_called_one(written: str) -> None:
    assert "spreadsheet" not in invalid_number(written)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "The file is empty."),
        (b" \n,\n", "The file is empty."),
        (ZIP.getvalue(), "This is a workbook or an archive"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "This is a workbook or an archive"),
        (b"13800000001\n\x00\n", "This is not a text file."),
        (b"13800000001\n13800000002\xff\xff\n", "Line 2 can't be read: the file is neither UTF-8 nor GBK."),
        (b'13800000001,a\n13800000002,"b\n13800000003,c\n', "Row 2 can't be read: a quotation mark"),
        (b'13800000001,a\n13800000002,"b"c\n', "Row 2 can't be read: a quotation mark"),
        (b'13800000001,"' + b"x" * 200_000 + b'"\n', "Row 1 can't be read"),
        (b"13800000001" + b"," * 200, "Row 1 has too many cells."),
    ],
)
def test_a_file_that_can_not_be_read_says_why_and_where(data: bytes, said: str) -> None:
    with pytest.raises(Unreadable, match=said):
        read_file(data, own_texts=False)


@pytest.mark.parametrize("row", [b"1\n", b"\n", b"13800000001\n"])
def test_ten_million_rows_are_read_to_the_limit_only(row: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheets, "MOST_ROWS", 1000)
    seen: list[int] = []

    def counted(rows: Any, start: int) -> Any:
        for number, cells in enumerate(rows, start):
            seen.append(number)
            yield number, cells

    monkeypatch.setattr(sheets, "enumerate", counted, raising=False)
    with pytest.raises(Unreadable, match=r"More than 1,000 rows\."):
        read_file(row * 1_000_000, own_texts=False)
    assert max(seen) == 1002


def test_as_many_rows_as_the_limit_and_a_header_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheets, "MOST_ROWS", 3)
    assert len(read_file(b"mobile\n" + b"13800000001\n" * 3, own_texts=False).entries) == 3


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("13800000001\n13800000002", ["13800000001", "13800000002"]),
        ("13800000001,13800000002;13800000003、13800000004", [f"1380000000{n}" for n in range(1, 5)]),
        ("13800000001，13800000002；13800000003", [f"1380000000{n}" for n in range(1, 4)]),
        ("13800000001 13800000002\t13800000003", [f"1380000000{n}" for n in range(1, 4)]),
        ("138 0000 0001, +86 138-0000-0002", ["138 0000 0001", "+86 138-0000-0002"]),
        (" \n,, \n", []),
        ("hello world", ["hello world"]),
    ],
)
def test_pasted_numbers_are_parted_as_people_part_them(text: str, numbers: list[str]) -> None:
    assert [entry.to for entry in read_pasted(text)] == numbers


def test_pasted_numbers_have_a_limit_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheets, "MOST_ROWS", 2)
    assert len(read_pasted("1 13800000001")) == 2
    with pytest.raises(Unreadable, match="More than 2 rows"):
        read_pasted("13800000001 13800000002 13800000003")


def test_bad_rows_are_shown_with_row_and_reason_before_anything_is_sent(desk: Client, world: World) -> None:
    rows = f"手机\n13800000001\n{NASTY}\n13800000002\n13800000001\n"
    page = " ".join(
        desk.get(drafted(desk, filled(world, numbers="", file=upload(rows.encode()))))
        .content.decode()
        .split()
    )
    assert "2 good, 2 bad" in page
    assert ">3</td>" in page
    assert "This is not a mainland China mobile number." in page
    assert ">5</td>" in page
    assert "This number stands in the request before" in page
    assert NASTY not in page
    assert "Read as: UTF-8, one column, a header, numbers from column 1" in page
    assert Message.objects.count() == 0


def test_a_file_with_its_own_texts_and_a_text_in_the_form_is_asked_about(desk: Client, world: World) -> None:
    answer = desk.post(SEND, filled(world, numbers="", file=upload(CHINESE.encode("gbk"))))
    assert "The file has texts of its own" in answer.content.decode()
    assert Draft.objects.count() == 0


def test_a_header_of_names_alone_makes_no_name_a_text(desk: Client, world: World) -> None:
    rows = "姓名,手机\nLi,13800000001\n"
    answer = desk.post(SEND, filled(world, numbers="", content="", file=upload(rows.encode())))
    assert "The text is empty." in answer.content.decode()


@pytest.mark.parametrize(
    ("data", "said"),
    [(ZIP.getvalue(), "This is a workbook or an archive"), (b"\xff\xff\n", "Line 1 can&#x27;t be read")],
)
def test_an_unreadable_file_is_said_in_the_form(data: bytes, said: str, desk: Client, world: World) -> None:
    answer = desk.post(SEND, filled(world, numbers="", file=upload(data)))
    assert said in answer.content.decode()
    assert Draft.objects.count() == 0


def test_a_file_that_is_too_large_is_refused_though_a_part_of_it_came(
    desk: Client, world: World, settings: Any
) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 2_000
    answer = desk.post(SEND, filled(world, numbers="", file=upload(b"13800000001\n" * 200)))
    assert "The file is larger than" in answer.content.decode()
    assert Draft.objects.count() == 0


BOUNDARY = "cut"


def multipart(form: dict[str, Any], rows: int) -> tuple[bytes, int]:
    """The beginning of what a browser sends, up to the file's first rows, and how long the whole would be."""
    fields = "".join(
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in form.items()
    )
    file = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\n'
    return (fields + file).encode(), len(fields + file) + 12 * rows


@pytest.mark.django_db(transaction=True)
def test_ten_million_rows_cost_the_web_process_little(desk: Client, world: World, tmp_path: Path) -> None:
    token = str(desk.get(SEND).context["csrf_token"])
    form = filled(world, numbers="") | {"csrfmiddlewaretoken": token}
    first, length = multipart(form, rows=10_000_000)
    cookies = "; ".join(f"{name}={cookie.value}" for name, cookie in desk.cookies.items())
    with running_web(tmp_path) as web, web.line() as line:
        before = web.memory()
        line.sendall(
            f"POST {SEND} HTTP/1.1\r\nHost: localhost\r\nCookie: {cookies}\r\nContent-Length: {length}\r\n"
            f"Content-Type: multipart/form-data; boundary={BOUNDARY}\r\n\r\n".encode()
            + first
        )
        with suppress(OSError):  # it answers, and hears no more
            for _megabyte in range(16):
                line.sendall(b"13800000001\n" * 87_382)
        status, _head, page = answered(line)
        assert status == 200
        assert b"The file is larger than 8 MB." in page
        assert web.memory() - before < 100 * 1024 * 1024
    assert Draft.objects.count() == 0
