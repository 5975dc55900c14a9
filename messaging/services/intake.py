"""Accept: everything a request brings is stored in one transaction, before anybody is told that it was taken."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import partial
from typing import Generic, NoReturn, TypeVar

from django.db import transaction

from accounts.ledger import NoCredit
from accounts.models import Application, GatewayLogin
from messaging.backlog import refuse_when_full
from messaging.credit import of_a_recipient, unpaid, unpaid_mobiles
from messaging.echoes import Echo, echo, echoes
from messaging.exceptions import DomainError, Invalid, Problem, Throttled, Unpaid
from messaging.frequency import TooOften, share_of, too_often
from messaging.models import Batch, Message
from messaging.models.submission import Mode
from messaging.once import Once, TwinWasFirst
from messaging.quotas import charged
from messaging.recipients import (
    LISTED_PROBLEMS,
    Item,
    Readable,
    Recipients,
    Refusal,
    Rows,
    read_many,
    read_single,
    refusal_of,
)
from messaging.routing import Sender, sender_for
from messaging.states import Category, Derived, State
from messaging.storing import (
    Answered,
    Slice,
    Stored,
    as_new,
    read_batch_again,
    read_single_again,
    store_batch,
    store_single,
)
from messaging.surely import store_surely
from messaging.text import travels_by_p2p


@dataclass(frozen=True)
class Options:
    """What holds for every message of a request. Times are aware."""

    category: str = Category.NOTIFICATION
    extno: str | None = None
    send_at: datetime | None = None
    expires_at: datetime | None = None


@dataclass(frozen=True)
class AcceptedMessage:
    """A message as it is stored. `may_be_held`: whether anything could keep it from being sent now."""

    message: Message
    status: str
    may_be_held: bool
    echoes: list[Echo]


@dataclass(frozen=True)
class AcceptedBatch:
    """A batch as it is stored, and the status that its messages have."""

    batch: Batch
    status: str
    echoes: list[Echo]


@dataclass(frozen=True)
class Origin:
    """How a batch came, where it was not by the API: who sent it in the admin, or by which gateway login.

    `access_code` is the extno as the login's client wrote it.
    """

    sent_by: str | None = None
    login: GatewayLogin | None = None
    access_code: str | None = None


BY_API = Origin()

Accepted = TypeVar("Accepted")


@dataclass(frozen=True)
class OnceOnly(Generic[Accepted]):
    """A request that is done once: `write` makes the answer that is stored with what was accepted."""

    once: Once
    write: Callable[[Accepted], bytes]

    def answered(self, accepted: Accepted) -> Answered:
        return Answered(self.once, self.write(accepted))

    def read_again(self) -> NoReturn:
        """What was stored, though nobody heard so, is the first answer."""
        raise TwinWasFirst

    def status(self, send_at: datetime | None) -> str:
        return Derived.SCHEDULED if send_at and send_at > self.once.at else State.QUEUED


def accept_message(
    application: Application, item: Item, options: Options, only: OnceOnly[AcceptedMessage] | None = None
) -> AcceptedMessage:
    """Store one message; raise `Invalid` with all that is wrong with it, `Throttled`, `Overloaded`, `TwinWasFirst`."""
    sender, read = _read_single(application, item, options)
    refuse_when_full(options.category)
    message = Message(
        application=application,
        mobile=read.mobile,
        content=item.content,
        reference=item.reference,
        parts=read.parts,
        **vars(options),
    )
    repeated = echo(application, read.mobile, item.content or "")
    try:
        if only is None:
            stored = store_surely(partial(_store_single, message), partial(read_single_again, message))
            return AcceptedMessage(
                message, stored.status, stored.something_is_held or not sender.has_route, repeated
            )
        as_new(message)
        message.created_at = only.once.at
        held = only.once.something_is_held or not sender.has_route
        accepted = AcceptedMessage(message, only.status(options.send_at), held, repeated)
        store_surely(
            partial(_store_single, message, only.answered(accepted)), only.read_again, done_once=True
        )
    except TooOften as error:
        problem = Problem("/to", "frequency_exceeded", too_often(error.waits[read.mobile]))
        raise _too_often(error.waits[read.mobile], [problem]) from error
    except NoCredit as error:
        raise unpaid(application, read.parts) from error
    return accepted


def _store_single(message: Message, answered: Answered | None = None) -> Stored:
    """One statement; one more for a block of a quota."""
    share = share_of(message.application, message.category, [message.mobile])
    with charged(message.application, 1):
        return store_single(message, answered=answered, share=share)


def _read_single(application: Application, item: Item, options: Options) -> tuple[Sender, Readable]:
    sender = sender_for(application, options.category, options.extno)
    try:
        return sender, read_single(item, sender)
    except Invalid:
        # A signature that staff have just filed counts: nobody is refused by what was remembered.
        sender = sender_for(application, options.category, options.extno, anew=True)
        return sender, read_single(item, sender)


def accept_batch(
    application: Application,
    content: str | None,
    recipients: Recipients,
    options: Options,
    *,
    skip_invalid: bool,
    only: OnceOnly[AcceptedBatch] | None = None,
    origin: Origin = BY_API,
) -> AcceptedBatch:
    """Store a batch; raise `Invalid` with up to 100 pointers, `Throttled`, `Overloaded`, and `TwinWasFirst`.

    `content` is the text for all, or None where each recipient has its own. `skip_invalid` accepts the good recipients
    and lists the others on the batch; when none is good, nothing is accepted.
    """
    request = _BatchRequest(application, content, recipients, options, skip_invalid, only, origin)
    sender, rows, refusals = request.read()
    refuse_when_full(options.category)
    good = request.good(rows, refusals, refusal_of)
    while True:
        try:
            return request.store(good, refusals, sender)
        except TooOften as error:
            seconds = max(error.waits.values())
            gone = good.without(error.waits, recipients, "frequency_exceeded", too_often(seconds))
            reason: Callable[[Sequence[Problem]], DomainError] = partial(_too_often, seconds)
        except NoCredit:
            mobiles = unpaid_mobiles(application, good)
            gone = good.without(mobiles, recipients, Unpaid.code, of_a_recipient())
            reason = partial(unpaid, application, good.parts_of_all)
        refusals = sorted([*refusals, *gone[1]], key=lambda refusal: refusal.index)
        good = request.good(gone[0], refusals, reason)


def _too_often(seconds: float, problems: Sequence[Problem]) -> Throttled:
    return Throttled("frequency_exceeded", too_often(seconds), seconds, problems[:LISTED_PROBLEMS])


@dataclass(frozen=True)
class _BatchRequest:
    application: Application
    content: str | None
    recipients: Recipients
    options: Options
    skip_invalid: bool
    only: OnceOnly[AcceptedBatch] | None
    origin: Origin

    def read(self) -> tuple[Sender, Rows | None, list[Refusal]]:
        sender = sender_for(self.application, self.options.category, self.options.extno)
        try:
            rows, refusals = read_many(self.content, self.recipients, sender)
            if not refusals:
                return sender, rows, refusals
        except Invalid:
            pass
        sender = sender_for(self.application, self.options.category, self.options.extno, anew=True)
        return sender, *read_many(self.content, self.recipients, sender)

    def good(
        self,
        rows: Rows | None,
        refusals: Sequence[Refusal],
        reason: Callable[[Sequence[Problem]], DomainError],
    ) -> Rows:
        """Return the rows that may be stored; raise the reason, where one refusal refuses all, or nobody is left."""
        if rows is None or (refusals and not self.skip_invalid):
            field = self.recipients.field
            raise reason([Problem(f"/{field}/{r.index}", r.code, r.detail) for r in refusals])
        return rows

    def store(self, rows: Rows, refusals: list[Refusal], sender: Sender) -> AcceptedBatch:
        batch = Batch(
            application=self.application, content=self.content, **vars(self.options), **vars(self.origin)
        )
        batch.total, batch.accepted = len(self.recipients.to), len(rows.ids)
        batch.rejected = [asdict(refusal) for refusal in refusals]
        texts = rows.contents if rows.contents is not None else [self.content or ""] * len(rows.mobiles)
        repeated = echoes(self.application, rows.mobiles, texts)
        slices = _cut(rows, sender)
        if self.only is None:
            store = partial(_store_batch, batch, rows, slices)
            return AcceptedBatch(batch, store_surely(store, partial(read_batch_again, batch)), repeated)
        batch.created_at = self.only.once.at
        accepted = AcceptedBatch(batch, self.only.status(self.options.send_at), repeated)
        store = partial(_store_batch, batch, rows, slices, self.only.answered(accepted))
        store_surely(store, self.only.read_again, done_once=True)
        return accepted


def _store_batch(batch: Batch, rows: Rows, slices: Sequence[Slice], answered: Answered | None = None) -> str:
    with charged(batch.application, len(rows.ids)), transaction.atomic():
        if share := share_of(batch.application, batch.category, rows.mobiles):
            share.take()
        return store_batch(batch, rows, slices, answered)


def _cut(rows: Rows, sender: Sender) -> list[Slice]:
    """Cut into chunks of one text mode: one text goes by `send`, many by `p2p`, one with a line break never."""
    everyone = range(len(rows.ids))
    if rows.contents is None:
        return [*_slices(Mode.SEND, everyone, sender)]
    plain = [place for place in everyone if travels_by_p2p(rows.contents[place])]
    broken: dict[str, list[int]] = {}
    for place in everyone if len(plain) < len(everyone) else ():
        if not travels_by_p2p(rows.contents[place]):
            broken.setdefault(rows.contents[place], []).append(place)
    alike = [piece for places in broken.values() for piece in _slices(Mode.SEND, places, sender)]
    return [*_slices(Mode.P2P, plain, sender), *alike]


def _slices(mode: Mode, places: Sequence[int], sender: Sender) -> Iterator[Slice]:
    size = sender.chunk_numbers
    return (Slice(mode, places[start : start + size]) for start in range(0, len(places), size))
