"""Taking messages: reading them out of a call, judging each number, pricing, filing."""

import time
from collections.abc import Callable, Iterator
from functools import lru_cache

from messaging.simulator import magic
from messaging.simulator.accounts import Account
from messaging.simulator.authentication import LINE_BREAK
from messaging.simulator.carrier import Carrier
from messaging.simulator.codes import RefusedError, Result, Status
from messaging.simulator.ledger import Entry, Ledger, Submission
from messaging.simulator.outbox import Outbox
from messaging.simulator.wire import Call, Row

Message = tuple[str, str]  # mobile, content
COMMON_REFUSALS = set(Result) - {Result.ACCEPTED}


@lru_cache(maxsize=4096)
def count_parts(content: str) -> int:
    """Count the parts a carrier bills: 70 UTF-16 code units, or 67 each when longer; signature included."""
    units = len(content.encode("utf-16-le")) // 2
    return 1 if units <= 70 else -(-units // 67)


def read_messages(call: Call, max_numbers: int) -> list[Message]:
    """Read who gets what out of a `send` (section 1.2) or a `p2p` (section 2.2).

    Raises RefusedError with STATUS 1 or 102.
    """
    messages = READERS[call.action](call)
    if len(messages) > max_numbers:
        raise RefusedError(Status.TOO_MANY_NUMBERS)
    if not messages or not all(content and _is_number(mobile) for mobile, content in messages):
        raise RefusedError(Status.MALFORMED)
    return messages


def _read_send(call: Call) -> list[Message]:
    content = call.form["content"]
    return [(mobile, content) for mobile in call.form["mobile"].split(",")]


def _read_p2p(call: Call) -> list[Message]:
    lines = LINE_BREAK.split(call.form["mobileContentList"])
    if not lines[-1]:
        lines.pop()
    return [(mobile, content) for mobile, _, content in (line.partition("#") for line in lines)]


READERS: dict[str, Callable[[Call], list[Message]]] = {"send": _read_send, "p2p": _read_p2p}


def _is_number(mobile: str) -> bool:
    return len(mobile) == 11 and mobile.isascii() and mobile.isdigit() and "13" <= mobile[:2] <= "19"


class Submissions:
    """The counter where messages are handed in."""

    def __init__(self, ledger: Ledger, carrier: Carrier, ids: Iterator[str]) -> None:
        self._ledger = ledger
        self._carrier = carrier
        self._ids = ids

    def take(self, account: Account, outbox: Outbox, call: Call, number: int) -> list[Row]:
        """Accept or refuse each message of call `number`, and answer the rows of the list (section 1.3).

        Raises RefusedError when the whole call is refused.
        """
        messages = read_messages(call, account.max_numbers)
        if status := magic.status_among(mobile for mobile, _ in messages):
            raise RefusedError(status)
        results = list(self._judge(account, call.form["extno"], messages))
        if account.refusal_level == "status" and (refusals := COMMON_REFUSALS.intersection(results)):
            raise RefusedError(min(refusals))
        submission = Submission(number, account.account, call.form["extno"], time.time())
        return self._file(account, outbox, submission, messages, results)

    def _judge(self, account: Account, extno: str, messages: list[Message]) -> Iterator[int]:
        wrong_extno = not account.sends_from(extno)
        left = account.balance
        for mobile, content in messages:
            cost = account.price * count_parts(content)
            if wrong_extno:
                yield Result.WRONG_EXTNO
            elif not account.signs(content):
                yield Result.SIGNATURE_INVALID
            elif asked := magic.result_of(mobile):
                yield asked
            elif account.prepaid and left < cost:
                yield Result.BALANCE_TOO_LOW
            else:
                left -= cost
                yield Result.ACCEPTED

    def _file(
        self,
        account: Account,
        outbox: Outbox,
        submission: Submission,
        messages: list[Message],
        results: list[int],
    ) -> list[Row]:
        rows: list[Row] = []
        accepted: list[Entry] = []
        for (mobile, content), result, mid in zip(messages, results, self._ids, strict=False):
            rows.append({"mid": mid, "mobile": mobile, "result": int(result)})
            if not result:
                accepted.append(Entry(mid, mobile, content, count_parts(content), submission))
        account.balance -= account.price * sum(entry.parts for entry in accepted)
        self._ledger.accept(accepted)
        self._carrier.deliver(accepted, outbox, account.seconds_to_report)
        return rows
