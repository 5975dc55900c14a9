"""The XML the gateway answers now and then, mostly when a call failed.

Not in the document, which asks for JSON; see "How the real gateway differs" in PROTOCOL, row 2.
"""

from dataclasses import dataclass
from xml.parsers import expat

from messaging.vendor import values
from messaging.vendor.codes import lookup
from messaging.vendor.explanation import Code, Table
from messaging.vendor.values import Unreadable

_MAX_DEPTH = 16
_MAX_ELEMENTS = 20_000  # forty times the rows of the largest call
_SEPARATOR = "#@#"
_ENVELOPE = {"returnsms", "returnstatus", "message", "remainpoint", "resplist"}


@dataclass(frozen=True)
class XmlAnswer:
    """A `<returnsms>` document: its status, balance in 厘, rows of (mid, mobile, result), and the text of
    elements nobody knows."""

    status: Code
    balance: int | None
    rows: tuple[tuple[str, str, str], ...]
    others: tuple[str, ...]


def read_xml(text: str) -> XmlAnswer:
    """Return what a `<returnsms>` answer says. Raises Unreadable for HTML, broken XML and any DTD."""
    elements = _Elements(text).found
    first = dict(reversed(elements))
    if not elements or elements[-1][0] != "returnsms" or not first.get("returnstatus"):
        raise Unreadable("XML of another kind")
    succeeded = first["returnstatus"].lower() == "success"
    return XmlAnswer(
        status=lookup(Table.STATUS, "0" if succeeded else first.get("message")),
        # A failure fills remainpoint with 0, which is no balance.
        balance=values.whole(first.get("remainpoint")) if succeeded else None,
        rows=tuple(_row(content) for tag, content in elements if tag == "resp"),
        others=tuple(
            f"<{tag}>{content}" for tag, content in elements if tag not in _ENVELOPE and tag != "resp"
        ),
    )


def _row(content: str) -> tuple[str, str, str]:
    mid, mobile, result, *_ = [*content.split(_SEPARATOR), "", ""]
    return mid, mobile, result


class _Elements:
    """Reads elements as (tag, text) in the order they end. expat directly, so that a DTD, and with it
    every entity trick, is refused before it is read."""

    def __init__(self, text: str) -> None:
        self.found: list[tuple[str, str]] = []
        self._open: list[tuple[str, list[str]]] = []
        parser = expat.ParserCreate()
        parser.StartDoctypeDeclHandler = self._refuse
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text
        try:
            parser.Parse(text, True)
        except expat.ExpatError:
            raise Unreadable("not XML") from None

    def _refuse(self, *_: object) -> None:
        raise Unreadable("a DTD")

    def _start(self, tag: str, _attributes: dict[str, str]) -> None:
        if len(self._open) >= _MAX_DEPTH or len(self.found) >= _MAX_ELEMENTS:
            raise Unreadable("nested too deep, or too much")
        self._open.append((tag.lower(), []))

    def _end(self, _tag: str) -> None:
        tag, parts = self._open.pop()
        self.found.append((tag, "".join(parts).strip()))

    def _text(self, data: str) -> None:
        if self._open:
            self._open[-1][1].append(data)
