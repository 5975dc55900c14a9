"""The gateway's rules: one call in, one answer out, and what that changes."""

import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

from messaging.simulator.accounts import Account
from messaging.simulator.authentication import authenticate
from messaging.simulator.carrier import Carrier, new_ids
from messaging.simulator.codes import RefusedError, Status
from messaging.simulator.ledger import Ledger
from messaging.simulator.outbox import Item, Outbox
from messaging.simulator.submission import Submissions
from messaging.simulator.wire import Answer, Call

PARAMETERS = {
    "send": ("mobile", "content", "extno"),
    "p2p": ("mobileContentList", "extno"),
    "balance": (),
    "report": (),
    "mo": (),
}
SIZES = {"report": (10, 10_000), "mo": (10, 1_000)}
DEFAULT_SIZE = 1_000


class Gateway:
    """All accounts, what they sent and what waits for them."""

    def __init__(self, accounts: Sequence[Account], ledger: Ledger, seconds_to_report: float = 2.0) -> None:
        ids = new_ids()
        self.ledger = ledger
        self.carrier = Carrier(seconds_to_report, ids)
        self._submissions = Submissions(ledger, self.carrier, ids)
        self._first_accounts = tuple(accounts)
        self._in_progress: Counter[str] = Counter()
        self._actions: dict[str, Callable[[Account, Call, int], Answer]] = {
            "send": self._submit,
            "p2p": self._submit,
            "balance": self._balance,
            "report": self._reports,
            "mo": self._inbound,
        }
        self._open()

    def _open(self) -> None:
        self.accounts: dict[str, Account] = {}
        self.outboxes: dict[str, Outbox] = {}
        for account in self._first_accounts:
            self.add_account(replace(account))

    def add_account(self, account: Account) -> None:
        """Add an account, or replace one: what waits for it stays."""
        self.accounts[account.account] = account
        self.outboxes.setdefault(account.account, Outbox(account.account))

    def reset(self) -> None:
        """Be as at the start, accounts and balances included; ids go on counting."""
        self.ledger.reset()
        self._open()

    @contextmanager
    def line(self, account: str) -> Iterator[None]:
        """Count a call of `account` as in progress until its reply has left (STATUS 21)."""
        self._in_progress[account] += 1
        try:
            yield
        finally:
            self._in_progress[account] -= 1

    def decide(self, call: Call) -> Answer:
        """Do what a call asks for and answer it; a refused call changes nothing."""
        number = self.ledger.count_call(call.action)
        try:
            answer = self._admit(call, number)
        except RefusedError as refused:
            answer = Answer(refused.status)
        self.ledger.count_status(answer.status)
        return answer

    def _admit(self, call: Call, number: int) -> Answer:
        needed = PARAMETERS.get(call.action)
        if call.malformed or needed is None or not {"account", "password", *needed} <= call.form.keys():
            raise RefusedError(Status.MALFORMED)
        account = authenticate(self.accounts.get(call.account), call)
        if self._in_progress[call.account] > account.max_connections:
            raise RefusedError(Status.TOO_MANY_CONNECTIONS)
        answer = self._actions[call.action](account, call, number)
        answer.seconds_to_answer = account.seconds_to_answer
        return answer

    def _submit(self, account: Account, call: Call, number: int) -> Answer:
        rows = self._submissions.take(account, self.outboxes[account.account], call, number)
        return Answer(Status.AUTHENTICATED, account.balance, rows)

    def _balance(self, account: Account, _call: Call, _number: int) -> Answer:
        return Answer(Status.AUTHENTICATED, account.balance, charge_type=account.charge_type)

    def _reports(self, account: Account, call: Call, _number: int) -> Answer:
        outbox = self.outboxes[account.account]
        return self._hand_out(account, outbox.reports.take(time.time(), _size(call)))

    def _inbound(self, account: Account, call: Call, _number: int) -> Answer:
        outbox = self.outboxes[account.account]
        return self._hand_out(account, outbox.inbound.take(time.time(), _size(call)))

    def _hand_out(self, account: Account, items: list[Item]) -> Answer:
        self.ledger.hand_out(items)
        return Answer(Status.AUTHENTICATED, account.balance, [item.row() for item in items])


def _size(call: Call) -> int:
    """Answer how many items a `report` or `mo` asks for, moved into the limits of sections 4.2 and 5.2.

    Clamped rather than refused: nobody has seen a gateway refuse one. `mo` reads `size`, which the document's
    example shows, before its table's `szie`. Raises RefusedError with STATUS 1 for what is no number.
    """
    given = call.form.get("size") or call.form.get("szie") or str(DEFAULT_SIZE)
    if not (given.isascii() and given.isdigit()):
        raise RefusedError(Status.MALFORMED)
    smallest, largest = SIZES[call.action]
    return min(max(int(given[:9]), smallest), largest)
