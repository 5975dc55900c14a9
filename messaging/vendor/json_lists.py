"""Reads a JSON list item by item, so that one broken item or a cut-off end costs no other item."""

import re
from dataclasses import dataclass

from messaging.vendor.values import JSON

MAX_ITEMS = 20_000  # twice the largest page the vendor sends
_MAX_BROKEN = 200  # each costs a search; beyond that a body is not damaged but hostile

_GAP = re.compile(r"[\s,]*")
_LIST = re.compile(r'"list"\s*:\s*\[')
# Where a broken item may end: a closing brace before the next item or the end of the list.
_ITEM_END = re.compile(r"\}\s*+(?=,\s*+\{|\])")


@dataclass(frozen=True)
class JsonList:
    """A list as far as it could be read: (raw text, value) pairs, broken items as text, what is left
    unread, and the position behind the closing bracket, None when it never came."""

    elements: list[tuple[str, object]]
    broken: list[str]
    tail: str
    end: int | None


def find_list(text: str) -> re.Match[str] | None:
    """Return where the member `"list": [` begins and ends; inside a JSON string it cannot stand unescaped."""
    return _LIST.search(text)


def read_list(text: str, start: int) -> JsonList:
    """Return every item of the list whose opening bracket ends at `start`; what cannot be read stays text."""
    elements: list[tuple[str, object]] = []
    broken: list[str] = []
    position = _skip_gap(text, start)
    while position < len(text) and len(elements) < MAX_ITEMS:
        if text[position] == "]":
            return JsonList(elements, broken, "", position + 1)
        try:
            value, end = JSON.raw_decode(text, position)
            elements.append((text[position:end], value))
        except (ValueError, RecursionError):
            boundary = _ITEM_END.search(text, position)
            if not boundary or len(broken) >= _MAX_BROKEN:
                break
            end = boundary.end()
            broken.append(text[position:end])
        position = end + 1 if text.startswith(",{", end) else _skip_gap(text, end)
    return JsonList(elements, broken, text[position:], None)


def _skip_gap(text: str, position: int) -> int:
    gap = _GAP.match(text, position)
    return gap.end() if gap else position
