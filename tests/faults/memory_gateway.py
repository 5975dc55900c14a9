"""A gateway in memory, at the seam of `client_for`: what it took, and what it says of it, are two things."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from messaging.vendor import errors
from messaging.vendor.answers import read_submit
from messaging.vendor.client import Submitted
from messaging.vendor.codes import Table, lookup


@dataclass
class Gateway:
    """Stands in for a `Client`; `mood` says what the next call meets."""

    mood: str = "takes"
    ledger: list[dict[str, str]] = field(default_factory=list)

    def send(self, mobiles: Sequence[str], _content: str, _extno: str) -> Submitted:
        return MOODS[self.mood](self, mobiles)

    def p2p(self, pairs: Sequence[tuple[str, str]], _extno: str) -> Submitted:
        return MOODS[self.mood](self, [mobile for mobile, _content in pairs])

    def take(self, mobiles: Sequence[str]) -> list[dict[str, object]]:
        """Take messages, and return their rows."""
        assert len(set(mobiles)) == len(mobiles), "a number stands twice in one call"
        rows = [{"mid": f"{len(self.ledger) + n:016X}", "mobile": m} for n, m in enumerate(mobiles, start=1)]
        self.ledger += rows
        return [row | {"result": 0} for row in rows]


Mood = Callable[[Gateway, Sequence[str]], Submitted]


def _answer(rows: Sequence[dict[str, object]]) -> Submitted:
    body = json.dumps({"status": 0, "balance": 1, "list": rows}).encode()
    return Submitted(read_submit(body), body, 200, 1)


def _takes(gateway: Gateway, mobiles: Sequence[str]) -> Submitted:
    return _answer(gateway.take(mobiles)[::-1])


def _forgets_a_row(gateway: Gateway, mobiles: Sequence[str]) -> Submitted:
    rows = gateway.take(mobiles)
    return _answer(rows[:-1] or [{"mid": "FF", "mobile": "19100000000", "result": 0}])


def _refuses_one(code: int) -> Mood:
    def refuses(gateway: Gateway, mobiles: Sequence[str]) -> Submitted:
        return _answer([*gateway.take(mobiles[1:]), {"mid": "", "mobile": mobiles[0], "result": code}])

    return refuses


def _fails(error: type[errors.VendorError], reason: str, status: str = "") -> Mood:
    def fails(_gateway: Gateway, _mobiles: Sequence[str]) -> Submitted:
        raise error(reason, code=lookup(Table.STATUS, status) if status else None)

    return fails


def _loses_the_answer(gateway: Gateway, mobiles: Sequence[str]) -> Submitted:
    gateway.take(mobiles)
    raise errors.OutcomeUnknown("connection_reset")


MOODS: dict[str, Mood] = {
    "takes": _takes,
    "forgets a row": _forgets_a_row,
    "refuses one": _refuses_one(12),
    "has no credit for one": _refuses_one(15),
    "loses the answer": _loses_the_answer,
    "loses the call": _fails(errors.OutcomeUnknown, "read_timeout"),
    "is away": _fails(errors.NeverLeft, "connect_refused"),
    "is full": _fails(errors.Throttled, "status_21", "21"),
    "takes fewer": _fails(errors.TooMany, "status_102", "102"),
    "finds it malformed": _fails(errors.Malformed, "status_1", "1"),
    "refuses the login": _fails(errors.AccountTrouble, "status_2", "2"),
    "has an internal error": _fails(errors.InternalError, "status_5", "5"),
}
