"""Accept: everything a request brings is stored in one transaction, before anybody is told that it was taken."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import partial

from accounts.models import Application
from messaging.exceptions import Invalid, Problem
from messaging.models import Batch, Message
from messaging.models.submission import Mode
from messaging.recipients import Item, Recipients, Refusal, Rows, read_many, read_single, refuse
from messaging.routing import Sender, sender_for
from messaging.states import Category
from messaging.storing import Slice, Stored, read_batch_again, read_single_again, store_batch, store_single
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
    """A message as it was stored. `may_be_held`: whether anything could keep it from being sent now."""

    message: Message
    stored: Stored
    may_be_held: bool


@dataclass(frozen=True)
class AcceptedBatch:
    """A batch as it was stored, and the status that its messages have."""

    batch: Batch
    status: str


def accept_message(application: Application, item: Item, options: Options) -> AcceptedMessage:
    """Store one message; raise `Invalid` with everything that is wrong with it."""
    sender = sender_for(application, options.category, options.extno)
    try:
        read = read_single(item, sender)
    except Invalid:
        # A signature that staff have just filed counts: nobody is refused by what was remembered.
        sender = sender_for(application, options.category, options.extno, anew=True)
        read = read_single(item, sender)
    message = Message(
        application=application,
        mobile=read.mobile,
        content=item.content,
        category=options.category,
        extno=options.extno,
        reference=item.reference,
        parts=read.parts,
        send_at=options.send_at,
        expires_at=options.expires_at,
    )
    stored = store_surely(partial(store_single, message), partial(read_single_again, message))
    return AcceptedMessage(message, stored, stored.something_is_held or not sender.has_route)


def accept_batch(
    application: Application,
    content: str | None,
    recipients: Recipients,
    options: Options,
    *,
    skip_invalid: bool,
) -> AcceptedBatch:
    """Store a batch; raise `Invalid` with up to 100 pointers.

    `content` is the text for all, or None where each recipient has its own. `skip_invalid` accepts the good recipients
    and lists the others on the batch; when none is good, nothing is accepted.
    """
    batch = Batch(application=application, content=content, **asdict(options))
    sender, rows, refusals = _read(application, content, recipients, options)
    if rows is None or (refusals and not skip_invalid):
        refuse([Problem(f"/{recipients.field}/{r.index}", r.code, r.detail) for r in refusals])
        raise AssertionError("a batch without good recipients has refused ones")
    batch.total, batch.accepted = len(recipients.to), len(rows.ids)
    batch.rejected = [asdict(refusal) for refusal in refusals]
    slices = _cut(rows, sender)
    status = store_surely(partial(store_batch, batch, rows, slices), partial(read_batch_again, batch))
    return AcceptedBatch(batch, status)


def _read(
    application: Application, content: str | None, recipients: Recipients, options: Options
) -> tuple[Sender, Rows | None, list[Refusal]]:
    sender = sender_for(application, options.category, options.extno)
    try:
        rows, refusals = read_many(content, recipients, sender)
        if not refusals:
            return sender, rows, refusals
    except Invalid:
        pass
    sender = sender_for(application, options.category, options.extno, anew=True)
    return sender, *read_many(content, recipients, sender)


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
