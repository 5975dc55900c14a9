"""CSV for spreadsheets: UTF-8 with its mark, RFC 4180, and no cell that a spreadsheet would take for a formula."""

import csv
import io
from collections.abc import Iterable, Sequence

MARK = "\ufeff"  # without it Excel takes UTF-8 for the machine's own encoding

FORMULA = tuple("=+-@＝＋－＠")
PASSED_OVER = " \u00a0\u3000\u200b\ufeff"  # before a formula
REST = tuple("\t\r\n'")


def safe(cell: str) -> str:
    """Return a cell that is shown as text: an apostrophe goes before what a spreadsheet could take for more.

    It goes before an apostrophe too, so whoever takes one away from every cell that begins with one has what was there.
    """
    return f"'{cell}" if cell.startswith(REST) or cell.lstrip(PASSED_OVER).startswith(FORMULA) else cell


def written(rows: Iterable[Sequence[str | None]]) -> str:
    """Return rows as lines of CSV. None is an empty cell, as "" is."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerows([safe(cell or "") for cell in row] for row in rows)
    return out.getvalue()
