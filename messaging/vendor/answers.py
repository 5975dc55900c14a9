"""What the vendor answers to `send`, `p2p` and `balance` (document, sections 1.3, 2.3 and 3.3)."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple, cast

from messaging.vendor import values
from messaging.vendor.codes import lookup
from messaging.vendor.explanation import Code, Effect, Table
from messaging.vendor.values import Unreadable
from messaging.vendor.xml_answers import read_xml

ChargeType = Literal["PRECHARGE", "POSTCHARGE"]

_MIDS = re.compile("[0-9A-Za-z-]{1,64}(?:\n[0-9A-Za-z-]{1,64})*")
_MOBILES = re.compile("1[0-9]{10}(?:\n1[0-9]{10})*")
_PLAIN_RESULTS = range(1000)

_CHARGE_TYPES: dict[str, ChargeType] = {"PRECHARGE": "PRECHARGE", "POSTCHARGE": "POSTCHARGE"}


class SubmitRow(NamedTuple):
    """What became of one number; `mobile` without country code, `mid` exactly as it came.

    Accepted means that `result` has the effect ACCEPTED **and** there is a `mid`.
    """

    mobile: str
    result: Code
    mid: str | None

    @property
    def accepted(self) -> bool:
        """Whether the vendor took this number, and gave an id for its reports."""
        return self.result.effect is Effect.ACCEPTED and self.mid is not None


@dataclass(frozen=True)
class SubmitAnswer:
    """The answer to `send` or `p2p`; `balance` in 厘 (1/1000 yuan), negative on postpaid accounts.

    `rows` come in the vendor's order and may lack numbers, repeat them, or name ones nobody sent.
    """

    status: Code
    balance: int | None
    rows: tuple[SubmitRow, ...]


@dataclass(frozen=True)
class Balance:
    """The answer to `balance`, in 厘 (1/1000 yuan), negative on postpaid accounts."""

    status: Code
    balance: int | None
    charge_type: ChargeType | None
    in_xml: bool = False


def read_submit(body: bytes) -> SubmitAnswer:
    """Return the answer to `send` or `p2p`, from JSON or XML.

    A row without a mobile or a numeric result says nothing of its number and is left out. Raises
    Unreadable when the body is neither (document, sections 1.3 and 2.3).
    """
    text = values.decode(body)
    if text.startswith("<"):
        xml = read_xml(text)
        triples: list[tuple[object, object, object]] = list(xml.rows)
        return SubmitAnswer(xml.status, xml.balance, _rows(triples))
    answer = _json_object(text)
    items = answer.get("list")
    found = [item for item in items if isinstance(item, dict)] if isinstance(items, list) else []
    triples = [(item.get("mid"), item.get("mobile"), item.get("result")) for item in found]
    return SubmitAnswer(read_status(answer), values.whole(answer.get("balance")), _rows(triples))


def read_balance(body: bytes) -> Balance:
    """Return the answer to `balance`, from JSON or XML. Raises Unreadable (document, section 3.3)."""
    text = values.decode(body)
    if text.startswith("<"):
        xml = read_xml(text)
        return Balance(xml.status, xml.balance, None, in_xml=True)
    answer = _json_object(text)
    charge_type = _CHARGE_TYPES.get(values.label(answer.get("chargeType")).upper())
    return Balance(read_status(answer), values.whole(answer.get("balance")), charge_type)


def read_status(answer: dict[str, object]) -> Code:
    """Return the explained STATUS of an answer, given as text or number; missing is unknown too
    (document, section 7)."""
    return lookup(Table.STATUS, values.label(answer.get("status")))


def _json_object(text: str) -> dict[str, object]:
    answer = values.parse_json(text)
    if not isinstance(answer, dict):
        raise Unreadable("no JSON object")
    return answer


def _rows(triples: list[tuple[object, object, object]]) -> tuple[SubmitRow, ...]:
    plain = _plain_rows(triples)
    if plain is not None:
        return plain
    results: dict[str, Code | None] = {}  # five hundred rows name two or three of them
    rows = [_row(*triple, results) for triple in triples]
    return tuple([row for row in rows if row])


def _plain_rows(triples: list[tuple[object, object, object]]) -> tuple[SubmitRow, ...] | None:
    """Five hundred ordinary rows at a glance; None where any row wants to be looked at by itself."""
    if not triples:
        return ()
    mids, mobiles, results = zip(*triples, strict=True)
    if not (set(map(type, results)) == {int} and _all(_MIDS, mids) and _all(_MOBILES, mobiles)):
        return None
    codes = {result: lookup(Table.RESULT, result) for result in set(results) if result in _PLAIN_RESULTS}
    if len(codes) < len(set(results)):
        return None
    return tuple(map(SubmitRow._make, zip(mobiles, [codes[result] for result in results], mids, strict=True)))


def _all(plain: re.Pattern[str], column: Sequence[object]) -> bool:
    if set(map(type, column)) != {str}:
        return False
    joined = "\n".join(cast("Sequence[str]", column))
    return joined.count("\n") == len(column) - 1 and plain.fullmatch(joined) is not None


def _row(mid: object, mobile: object, result: object, results: dict[str, Code | None]) -> SubmitRow | None:
    number, text = values.mobile(mobile), values.label(result)
    if text not in results:
        # Every other RESULT is a refusal, so what is no number must not become one.
        results[text] = lookup(Table.RESULT, text) if re.fullmatch(r"-?[0-9]+", text) else None
    code = results[text]
    return SubmitRow(number, code, values.mid(mid) or None) if number and code else None
