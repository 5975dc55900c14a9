"""What a client reads: JSON where it asked for it, else XML (document, sections 1.3 to 5.3; PROTOCOL 3.2)."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from messaging.gateway.codes import Status
from messaging.text import CONTROL

Row = dict[str, str | int]


@dataclass(frozen=True)
class Answer:
    """Balance in 厘. `rows` is None where the action answers no list."""

    status: Status
    balance: int = 0
    rows: Sequence[Row] | None = None
    charge_type: str | None = None


def as_json(answer: Answer) -> bytes:
    """Write an answer as the document's samples: the status is text, but an integer where there is no list."""
    body: dict[str, object] = {
        "status": str(int(answer.status)) if answer.rows is not None else int(answer.status),
        "balance": answer.balance,
    }
    if answer.charge_type is not None:
        body["chargeType"] = answer.charge_type
    if answer.rows is not None:
        body["list"] = answer.rows
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()


def as_xml(answer: Answer) -> bytes:
    """Write an answer as clients that don't ask for JSON read it; the document shows no XML."""
    if answer.status:
        return _element("returnsms", _head("Failed", str(int(answer.status)), 0)).encode()
    inner = _head("Success", "OK", answer.balance)
    if answer.charge_type is not None:
        inner += _element("chargetype", answer.charge_type)
    if answer.rows is not None:
        inner += _element("resplist", "".join(_element("resp", _joined(row)) for row in answer.rows))
    return _element("returnsms", inner).encode()


def _head(outcome: str, message: str, balance: int) -> str:
    fields = {"returnstatus": outcome, "message": message, "remainpoint": balance}
    return "".join(_element(name, str(value)) for name, value in fields.items())


def _joined(row: Row) -> str:
    """XML has no way to write most control characters, which a handset's text may have."""
    return "".join(f"{escape(CONTROL.sub('', str(value)), quote=False)}#@#" for value in row.values())


def _element(name: str, inner: str) -> str:
    return f"<{name}>{inner}</{name}>"
