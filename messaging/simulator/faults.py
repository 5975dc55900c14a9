"""Scripted misbehaviour: what the next calls meet instead of, or on top of, a proper answer.

A script is a list of entries `{"fault": NAME, "action": "send", "account": "922011", "times": 3,
"probability": 0.1, "seconds": 2.0, ...}`. Each call takes the first entry that fits, has times left and
wins its toss. `seconds` delays the reply of any fault; other options stand beside the faults below.
"""

import gzip
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from messaging.simulator.http1 import Reply
from messaging.simulator.wire import Answer, Call, Row, write_answer

Options = Mapping[str, Any]
FOREVER = 3600.0  # seconds
HTML = "<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>"


def _http(options: Options) -> Reply:
    body = str(options.get("body", HTML)).encode()
    return Reply(int(options.get("status", 500)), "text/html", body, dict(options.get("headers", {})))


def _redirect(options: Options) -> Reply:
    location = str(options.get("location", "http://127.0.0.1:9/sms"))
    return Reply(int(options.get("status", 307)), headers={"Location": location})


# The gateway never learns of the call.
INSTEAD: dict[str, Callable[[Options], Reply | Answer]] = {
    "status": lambda options: Answer(int(options.get("status", 5))),
    "http": _http,  # status, body, headers
    "redirect": _redirect,  # status, location
    "reset_before": lambda _: Reply(silent=True, ending="reset"),
    "drop_before": lambda _: Reply(silent=True, ending="close"),
    "hang_before": lambda _: Reply(silent=True, ending="close", delay=FOREVER),
}


def _reverse_rows(rows: list[Row], _: Options) -> list[Row]:
    return rows[::-1]


def _rows_missing(rows: list[Row], options: Options) -> list[Row]:
    return rows[: -int(options.get("count", 1))]


def _rows_extra(rows: list[Row], options: Options) -> list[Row]:
    foreign: list[Row] = [
        {"mid": f"FFFFFFFF{number:08X}", "mobile": f"139{number:08}", "result": 0}
        for number in range(int(options.get("count", 1)))
    ]
    return rows + foreign


def _prefix_mobiles(rows: list[Row], options: Options) -> list[Row]:
    return [row | {"mobile": f"{options.get('prefix', '+86')}{row['mobile']}"} for row in rows]


def _split_rows(rows: list[Row], _: Options) -> list[Row]:
    return [part for row in rows for part in (row, row | {"mid": f"{row['mid']}F"})]


def _rows_with(rows: list[Row], options: Options) -> list[Row]:
    every = int(options.get("every", 1))
    return [row | options.get("fields", {}) if place % every == 0 else row for place, row in enumerate(rows)]


def _rows_without(rows: list[Row], options: Options) -> list[Row]:
    left_out = set(options.get("fields", ()))
    return [{name: value for name, value in row.items() if name not in left_out} for row in rows]


# The call was done; its list is odd.
ROWS: dict[str, Callable[[list[Row], Options], list[Row]]] = {
    "reverse_rows": _reverse_rows,
    "rows_missing": _rows_missing,  # count
    "rows_extra": _rows_extra,  # count
    "prefix_mobiles": _prefix_mobiles,  # prefix
    "split_rows": _split_rows,
    "rows_with": _rows_with,  # fields: object, every
    "rows_without": _rows_without,  # fields: list
}


def _answer_with(answer: Answer, options: Options) -> None:
    answer.overrides = dict(options.get("fields", {}))


def _xml(answer: Answer, _: Options) -> None:
    answer.in_xml = True


# The call was done; the answer around its list is odd.
ANSWERS: dict[str, Callable[[Answer, Options], None]] = {
    "answer_with": _answer_with,  # fields: object
    "xml": _xml,
}


def _drop(reply: Reply, _: Options) -> None:
    reply.silent, reply.ending = True, "close"


def _reset(reply: Reply, _: Options) -> None:
    reply.silent, reply.ending = True, "reset"


def _hang(reply: Reply, _: Options) -> None:
    reply.silent, reply.ending, reply.delay = True, "close", FOREVER


def _truncate(reply: Reply, options: Options) -> None:
    reply.cut = int(options.get("bytes", len(reply.body) // 2))


def _drip(reply: Reply, options: Options) -> None:
    reply.seconds_per_byte = float(options.get("seconds_per_byte", 1.0))


def _replace(reply: Reply, options: Options) -> None:
    page = _http({"status": 200} | dict(options))
    reply.status, reply.content_type = page.status, page.content_type
    reply.body, reply.headers = page.body, page.headers


def _gzip(reply: Reply, _: Options) -> None:
    reply.body, reply.headers = gzip.compress(reply.body), {"Content-Encoding": "gzip"}


def _pad(reply: Reply, options: Options) -> None:
    reply.body += b" " * int(options.get("bytes", 100_000_000))


def _bom(reply: Reply, _: Options) -> None:
    reply.body = b"\xef\xbb\xbf" + reply.body


def _charset(reply: Reply, options: Options) -> None:
    reply.body = reply.body.decode().encode(str(options.get("charset", "gbk")), "replace")


def _nothing(_reply: Reply, _options: Options) -> None:
    """Only the delay that every fault may have."""


# The call was done; its reply is lost or damaged.
REPLIES: dict[str, Callable[[Reply, Options], None]] = {
    "delay": _nothing,  # seconds
    "drop_after_accept": _drop,
    "reset_after_accept": _reset,
    "hang_after_accept": _hang,
    "truncate": _truncate,  # bytes
    "drip": _drip,  # seconds_per_byte
    "html": _replace,
    "replace": _replace,  # status, body, headers
    "gzip": _gzip,
    "pad": _pad,  # bytes
    "bom": _bom,
    "charset": _charset,  # charset
}
NAMES = INSTEAD.keys() | ROWS.keys() | ANSWERS.keys() | REPLIES.keys()


@dataclass(slots=True)
class Fault:
    """One entry of a script."""

    fault: str
    action: str | None = None
    account: str | None = None
    times: int | None = None
    probability: float = 1.0
    options: Options = field(default_factory=dict)
    used: int = 0

    def meets(self, call: Call) -> bool:
        """Say whether `call` is to meet this fault now; the toss is made here."""
        return (
            self.action in (None, call.action)
            and self.account in (None, call.account)
            and (self.times is None or self.used < self.times)
            and random.random() < self.probability  # noqa: S311 - a toss, not a secret
        )

    def instead(self, call: Call) -> Reply | None:
        """Make the reply of a call that never reaches the gateway; None when it does."""
        if self.fault not in INSTEAD:
            return None
        made = INSTEAD[self.fault](self.options)
        reply = write_answer(made, call) if isinstance(made, Answer) else made
        reply.delay += self._seconds
        return reply

    def bend_answer(self, answer: Answer) -> Answer:
        if self.fault in ANSWERS:
            ANSWERS[self.fault](answer, self.options)
        if self.fault in ROWS and answer.rows is not None:
            answer.rows = ROWS[self.fault](answer.rows, self.options)
        return answer

    def bend_reply(self, reply: Reply) -> Reply:
        if self.fault in REPLIES:
            REPLIES[self.fault](reply, self.options)
        reply.delay += self._seconds
        return reply

    @property
    def _seconds(self) -> float:
        return float(self.options.get("seconds", 0.0))


NO_FAULT = Fault("")


class Faults:
    """The script in force."""

    def __init__(self) -> None:
        self.script: list[Fault] = []

    def draw(self, call: Call) -> Fault:
        """Choose, and use up once, what `call` meets."""
        fault = next((entry for entry in self.script if entry.meets(call)), NO_FAULT)
        fault.used += 1
        return fault

    def load(self, entries: Sequence[Mapping[str, Any]]) -> None:
        """Replace the script.

        Raises ValueError for a fault that has no such name.
        """
        self.script = [_read_fault(entry) for entry in entries]


def _read_fault(entry: Mapping[str, Any]) -> Fault:
    own = {"fault", "action", "account", "times", "probability"}
    options = {name: value for name, value in entry.items() if name not in own}
    if entry.get("fault") not in NAMES:
        raise ValueError(f"fault is one of {', '.join(sorted(NAMES))}")
    return Fault(options=options, **{name: entry[name] for name in own & entry.keys()})
