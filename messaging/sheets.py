"""Lists of recipients as people keep them: a file from a spreadsheet, or numbers pasted into a form."""

import codecs
import csv
import io
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from messaging.numbers import is_shortened_by_spreadsheet, normalise

MOST_ROWS = 100_000
MOST_CELLS = 100
LOOKED_AT_ROWS = 50

# What a file begins with that is no text, whatever its name says.
NOT_TEXT = (b"PK\x03\x04", b"PK\x05\x06", b"\xd0\xcf\x11\xe0", b"\x1f\x8b", b"%PDF", b"7z\xbc\xaf", b"Rar!")
MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
DELIMITERS = "\t;,"

# What a column is called, in small letters.
NUMBER_NAMES = frozenset(
    (
        "手机", "手机号", "手机号码", "号码", "电话", "电话号码", "联系电话", "联系方式", "移动电话", "number",
        "numbers", "mobile", "phone", "phone number", "tel", "telephone", "to", "msisdn",
    )
)  # fmt: skip
TEXT_NAMES = frozenset(("内容", "短信内容", "短信", "文本", "正文", "text", "content", "message", "sms"))
REFERENCE_NAMES = frozenset(
    ("参考", "参考号", "编号", "标识", "业务号", "订单号", "reference", "ref", "id", "order")
)

BETWEEN_NUMBERS = re.compile(r"[\n\r,;，；、|]")


class Unreadable(Exception):
    """The list can't be read at all; the message says why, and what to do."""


@dataclass(frozen=True)
class Entry:
    """One recipient as it stands in the list. `row` counts from 1, as a spreadsheet does; a header is a row."""

    row: int
    to: str
    content: str | None = None
    reference: str | None = None


@dataclass(frozen=True)
class Columns:
    """Where number, text and reference stand, counted from 0; None: nowhere."""

    number: int
    text: int | None = None
    reference: int | None = None


@dataclass(frozen=True)
class Sheet:
    """A list that was read, and how it was understood. `delimiter` is empty for one column, `header` for none."""

    entries: Sequence[Entry]
    encoding: str
    delimiter: str
    header: Sequence[str]
    columns: Columns


@dataclass(frozen=True)
class _Row:
    number: int
    cells: Sequence[str]


def read_file(data: bytes, *, own_texts: bool) -> Sheet:
    """Read a CSV or text file; raise `Unreadable`.

    UTF-8, UTF-16 with its mark, GBK and GB18030; commas, semicolons or tabs; line breaks within quotes; with a header
    or without. `own_texts`: the rows bring their texts, so where no column has a name, the first other one is the text.
    """
    encoding, text = _decoded(data)
    delimiter = _delimiter_of(text)
    rows = [*_rows(text, delimiter)]
    if not rows:
        raise Unreadable(_("The file is empty."))
    header = rows[0].cells if _is_header(rows[0].cells) else ()
    body = rows[1:] if header else rows
    columns = _columns_of(header, body, own_texts=own_texts)
    return Sheet([*_entries(body, columns)], encoding, delimiter, header, columns)


def read_pasted(text: str) -> list[Entry]:
    """Return numbers that stand in lines, or between commas, semicolons or blanks; raise `Unreadable`."""
    entries: list[Entry] = []
    for row, line in enumerate(text.splitlines(), start=1):
        entries += [Entry(row, number) for number in _numbers_in(line)]
        if len(entries) > MOST_ROWS:
            raise Unreadable(_too_many())
    return entries


def _numbers_in(line: str) -> Iterator[str]:
    """A blank may stand between two numbers or within one: it is between where it leaves a number on one side."""
    for piece in filter(None, map(str.strip, BETWEEN_NUMBERS.split(line))):
        words = piece.split()
        if normalise(piece) is None and any(normalise(word) for word in words):
            yield from words
        else:
            yield piece


def _decoded(data: bytes) -> tuple[str, str]:
    if data.startswith(NOT_TEXT):
        raise Unreadable(
            _(
                "This is a workbook or an archive, not a text file. Save the sheet as CSV and choose that file."
            )
        )
    for mark, encoding in MARKS:
        if data.startswith(mark):
            return encoding.upper(), _decode(data.removeprefix(mark), encoding)
    try:
        return "UTF-8", data.decode()
    except UnicodeDecodeError:
        return "GB18030", _decode(data, "gb18030")


def _decode(data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        text = _(
            "Line %(line)d can't be read: the file is neither UTF-8 nor GBK. Save it as CSV in UTF-8 and choose it "
            "again."
        )
        raise Unreadable(text % {"line": line}) from error


def _delimiter_of(text: str) -> str:
    """What separates cells in the first row that has any; empty where there is one column."""
    first = next((line for line in io.StringIO(text[:100_000]) if line.strip()), "")
    found = Counter(sign for sign in re.sub(r'"[^"]*"', "", first) if sign in DELIMITERS)
    return found.most_common(1)[0][0] if found else ""


def _rows(text: str, delimiter: str) -> Iterator[_Row]:
    """The rows in which anything stands."""
    if "\0" in text:
        raise Unreadable(_("This is not a text file. Save the sheet as CSV and choose that file."))
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter or ",", strict=True)
    number = 0
    try:
        for number, cells in enumerate(reader, start=1):
            if number > MOST_ROWS + 1:
                raise Unreadable(_too_many())
            if len(cells) > MOST_CELLS:
                raise Unreadable(_("Row %(row)d has too many cells.") % {"row": number})
            if any(cell.strip() for cell in cells):
                yield _Row(number, cells)
    except csv.Error as error:
        detail = _(
            "Row %(row)d can't be read: a quotation mark is not closed, or closed too early, or a cell is too long."
        )
        raise Unreadable(detail % {"row": number + 1}) from error


def _too_many() -> str:
    return _("More than %(limit)s rows. Cut the list into several.") % {"limit": f"{MOST_ROWS:,}"}


def _is_header(cells: Sequence[str]) -> bool:
    """A row of names: no number, and at least one name that we know or no digit at all."""
    if any(normalise(cell) for cell in cells):
        return False
    known = NUMBER_NAMES | TEXT_NAMES | REFERENCE_NAMES
    return any(_name(cell) in known for cell in cells) or not any(
        sign.isdigit() for cell in cells for sign in cell
    )


def _name(cell: str) -> str:
    return cell.strip().casefold()


def _columns_of(header: Sequence[str], body: Sequence[_Row], *, own_texts: bool) -> Columns:
    number = _named(header, NUMBER_NAMES)
    if number is None:
        number = _column_with_numbers(body)
    text, reference = _named(header, TEXT_NAMES), _named(header, REFERENCE_NAMES)
    if text is None and own_texts and not header:
        width = max((len(row.cells) for row in body[:LOOKED_AT_ROWS]), default=0)
        text = next((place for place in range(width) if place not in (number, reference)), None)
    return Columns(number, text, reference)


def _named(header: Sequence[str], names: frozenset[str]) -> int | None:
    return next((place for place, cell in enumerate(header) if _name(cell) in names), None)


def _column_with_numbers(body: Sequence[_Row]) -> int:
    found = Counter(
        place
        for row in body[:LOOKED_AT_ROWS]
        for place, cell in enumerate(row.cells)
        if normalise(cell) is not None or is_shortened_by_spreadsheet(cell)
    )
    return found.most_common(1)[0][0] if found else 0


def _entries(body: Iterable[_Row], columns: Columns) -> Iterator[Entry]:
    for row in body:
        yield Entry(
            row.number,
            _cell(row, columns.number).strip(),
            None if columns.text is None else _cell(row, columns.text).replace("\r\n", "\n"),
            None if columns.reference is None else _cell(row, columns.reference).strip() or None,
        )


def _cell(row: _Row, place: int) -> str:
    return row.cells[place] if place < len(row.cells) else ""
