"""What the protocol looks like outside: forms in, JSON or XML out (the tables of the vendor's document)."""

import html
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl

from messaging.simulator.http1 import Reply, Request

Row = dict[str, object]


@dataclass(frozen=True, slots=True)
class Call:
    """One call of one interface, decoded; `malformed` when its bytes were no UTF-8 form."""

    action: str
    account: str
    form: Mapping[str, str]
    peer: str
    malformed: bool

    @property
    def as_json(self) -> bool:
        return self.form.get("rt") == "json"


@dataclass(slots=True)
class Answer:
    """What the gateway says, before it is put into JSON or XML. Balance in 厘; `rows` None: no list."""

    status: int
    balance: int = 0
    rows: list[Row] | None = None
    charge_type: str | None = None
    overrides: dict[str, object] = field(default_factory=dict)  # by a fault, JSON only
    in_xml: bool = False  # by a fault: whatever the call asks for
    seconds_to_answer: float = 0.0


def read_call(request: Request) -> Call:
    """Read the call out of a GET's query or a POST's form; both are read when both are there."""
    raw = "&".join(filter(None, [request.query, request.body.decode("latin-1")]))
    try:
        form, malformed = dict(read_form(raw, errors="strict")), not raw.isascii()
    except UnicodeDecodeError:
        form, malformed = dict(read_form(raw, errors="replace")), True
    return Call(form.get("action", ""), form.get("account", ""), form, request.peer, malformed)


def read_form(text: str, *, errors: str) -> list[tuple[str, str]]:
    """Read an url-encoded form in UTF-8; values may be empty.

    Raises UnicodeDecodeError where `errors` says so.
    """
    return parse_qsl(text, keep_blank_values=True, encoding="utf-8", errors=errors)


def write_answer(answer: Answer, call: Call) -> Reply:
    """Put an answer into JSON where the call asks for it by `rt=json`, else into XML."""
    if call.as_json and not answer.in_xml:
        body, content_type = write_json(_document(answer, call)), "application/json;charset=UTF-8"
    else:
        body, content_type = _xml(answer).encode(), "text/xml;charset=UTF-8"
    return Reply(content_type=content_type, body=body, delay=answer.seconds_to_answer)


def write_json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def _document(answer: Answer, call: Call) -> dict[str, object]:
    # Section 3.3 shows an integer status, every other section a string.
    document: dict[str, object] = {
        "status": int(answer.status) if call.action == "balance" else str(int(answer.status)),
        "balance": answer.balance,
    }
    if answer.charge_type is not None:
        document["chargeType"] = answer.charge_type
    if answer.rows is not None:
        document["list"] = answer.rows
    return document | answer.overrides


def _xml(answer: Answer) -> str:
    # The document shows no XML. Submissions and failures are as real clients read them; the form of
    # balance, report and mo is a guess in the same manner: the JSON's values in the JSON's order.
    if answer.status:
        return _element("returnsms", _fields("Failed", str(int(answer.status)), 0))
    fields = _fields("Success", "OK", answer.balance)
    if answer.charge_type is not None:
        fields += _element("chargetype", answer.charge_type)
    if answer.rows is not None:
        fields += _element("resplist", "".join(_element("resp", _joined(row)) for row in answer.rows))
    return _element("returnsms", fields)


def _fields(outcome: str, message: str, balance: int) -> str:
    fields = {"returnstatus": outcome, "message": message, "remainpoint": str(balance)}
    return "".join(_element(name, value) for name, value in fields.items())


def _joined(row: Row) -> str:
    return "".join(f"{html.escape(str(value), quote=False)}#@#" for value in row.values())


def _element(name: str, inner: str) -> str:
    return f"<{name}>{inner}</{name}>"
