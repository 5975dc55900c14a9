"""Pages of reports and inbound messages, pulled or pushed (document, sections 4 to 6).

What is read here is gone at the vendor, so nothing is dropped: an item that cannot be read stays as text.
"""

import codecs
from dataclasses import dataclass
from itertools import chain
from urllib.parse import parse_qsl

from messaging.vendor import values
from messaging.vendor.answers import read_status
from messaging.vendor.explanation import Code
from messaging.vendor.items import InboundItem, ReportItem, read_item
from messaging.vendor.json_lists import JsonList, find_list, read_list
from messaging.vendor.values import Unreadable
from messaging.vendor.xml_answers import read_xml

_PUSH_ENCODINGS = ("utf-8", "gbk")  # GBK only where UTF-8 does not fit: hardly any GBK text is valid UTF-8
_DAMAGE = "\ufffd"


@dataclass(frozen=True)
class Page:
    """A page as far as it could be read; `status` and `balance` (厘) are None where the body names none.

    `unreadable` holds items as text, `tail` what follows the last readable item of a page that does not
    end as it should (`truncated`).
    """

    status: Code | None
    balance: int | None
    reports: tuple[ReportItem, ...]
    inbound: tuple[InboundItem, ...]
    unreadable: tuple[str, ...]
    truncated: bool
    tail: str


def read_page(body: bytes) -> Page:
    """Return the answer to `report` or `mo`, even one that was cut off at any byte.

    Raises Unreadable when not even a status or one item can be read (document, sections 4.2.1 and 5.3).
    """
    damaged, text = _page_text(body)
    if text.startswith("<"):
        return _xml_page(text)
    return _json_page(text, damaged)


def read_push(body: bytes, content_type: str) -> Page:
    """Return the items of a push: a JSON array, a single object, or form fields that hold such JSON.

    Raises Unreadable when nothing can be read, also for an empty body (document, section 6.2).
    """
    text = values.decode(body, *_PUSH_ENCODINGS)
    if text.startswith(("[", "{")):
        return _json_page(text)
    if content_type and "form-urlencoded" not in content_type.lower():
        raise Unreadable("neither JSON nor a form")
    return _form_page(body)


def _page_text(body: bytes) -> tuple[bool, str]:
    body = body.removeprefix(codecs.BOM_UTF8)
    try:
        # Not final: a cut may leave half a letter at the very end, which belongs to the tail.
        text, damaged = codecs.utf_8_decode(body, "strict", False)[0], False
    except UnicodeDecodeError:
        text, damaged = body.decode("utf-8", "replace"), True
    return damaged, text.strip()


def _form_page(body: bytes) -> Page:
    # Latin-1 keeps every byte, so each field can be decoded by itself.
    try:
        fields = parse_qsl(
            body.decode("latin-1"), keep_blank_values=True, encoding="latin-1", max_num_fields=100
        )
    except ValueError:
        raise Unreadable("too many form fields") from None
    decoded = (_field_text(part) for part in chain.from_iterable(fields))
    # Some clients put the JSON where the field's name belongs, so names are looked at too.
    pages = [_field_page(text) for text in decoded if text.startswith(("[", "{"))]
    if not any(page.reports or page.inbound or not page.unreadable for page in pages):
        raise Unreadable("no form field holds JSON")
    return _joined(pages)


def _field_text(part: str) -> str:
    try:
        return values.decode(part.encode("latin-1"), *_PUSH_ENCODINGS)
    except Unreadable:
        return ""


def _field_page(text: str) -> Page:
    try:
        return _json_page(text)
    except Unreadable:
        return _page({}, [], [text])


def _joined(pages: list[Page]) -> Page:
    return Page(
        status=None,
        balance=None,
        reports=tuple(chain.from_iterable(page.reports for page in pages)),
        inbound=tuple(chain.from_iterable(page.inbound for page in pages)),
        unreadable=tuple(chain.from_iterable(page.unreadable for page in pages)),
        truncated=any(page.truncated for page in pages),
        tail="".join(page.tail for page in pages),
    )


def _xml_page(text: str) -> Page:
    # Nobody has seen items in XML; if they come, they are kept as text rather than taken for an empty page.
    xml = read_xml(text)
    items = (*("#@#".join(row) for row in xml.rows), *xml.others)
    return Page(xml.status, xml.balance, (), (), tuple(map(values.storable, items)), False, "")


def _json_page(text: str, damaged: bool = False) -> Page:
    if text.startswith("["):
        items = read_list(text, 1)
        return _list_page({}, items, text[items.end :] if items.end else "", damaged=damaged)
    if text.startswith("{") and (opening := find_list(text)):
        items = read_list(text, opening.end())
        rest = text[items.end :] if items.end else ""
        before = text[: opening.start()]
        head = _json_head(f'{before}"list":[]{rest}')
        if head is not None:
            return _list_page(head, items, "", damaged)
        return _list_page(_json_head(before.rstrip(", \t\r\n") + "}") or {}, items, rest, damaged, False)
    return _single_page(text)


def _json_head(text: str) -> dict[str, object] | None:
    try:
        head = values.parse_json(text)
    except Unreadable:
        return None
    return head if isinstance(head, dict) else None


def _list_page(
    head: dict[str, object], items: JsonList, rest: str, damaged: bool = False, closed: bool = True
) -> Page:
    whole = [pair for pair in items.elements if not (damaged and _DAMAGE in pair[0])]
    spoilt = [raw for raw, _ in items.elements if damaged and _DAMAGE in raw]
    tail, closed = items.tail + rest.strip(), closed and items.end is not None
    page = _page(head, whole, [*items.broken, *spoilt], tail, closed)
    if page.truncated and not (page.status or page.reports or page.inbound or page.unreadable):
        raise Unreadable("cut off before anything could be read")
    return page


def _single_page(text: str) -> Page:
    value = values.parse_json(text)
    if not isinstance(value, dict):
        raise Unreadable("neither a page nor an item")
    if "status" not in value:
        page = _page({}, [(text, value)], [])
        if page.unreadable:
            raise Unreadable("neither a page nor an item")
        return page
    listed = value.get("list")
    return _page(value, [] if listed is None else [(text, listed)], [])


def _page(
    head: dict[str, object],
    elements: list[tuple[str, object]],
    unreadable: list[str],
    tail: str = "",
    closed: bool = True,
) -> Page:
    read = [(raw, read_item(value, raw)) for raw, value in elements]
    return Page(
        status=read_status(head) if "status" in head else None,
        balance=values.whole(head.get("balance")),
        reports=tuple(item for _, item in read if isinstance(item, ReportItem)),
        inbound=tuple(item for _, item in read if isinstance(item, InboundItem)),
        unreadable=tuple(map(values.storable, (*unreadable, *(raw for raw, item in read if item is None)))),
        truncated=bool(tail) or not closed,
        tail=values.storable(tail),
    )
