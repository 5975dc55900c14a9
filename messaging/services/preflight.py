"""Pre-flight: what would become of a request. Nothing is stored, and nothing that is found wrong is refused."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import repeat

from django.utils.translation import gettext as _

from accounts.ledger import price_for
from accounts.models import Application, Signature, UpstreamAccount
from messaging import frequency
from messaging.backlog import refuse_when_full
from messaging.credit import beyond_purse, of_a_recipient, refuse_unpaid
from messaging.exceptions import Invalid, Overloaded, Problem, Throttled, Unpaid
from messaging.forecast import Estimate, Unforeseen, estimate
from messaging.holding import Restraints
from messaging.models import Hold
from messaging.numbers import carrier, normalise, normalise_all
from messaging.quotas import refuse_beyond
from messaging.recipients import LISTED_PROBLEMS, Item, Recipients, Rows, read_many, read_single
from messaging.routing import Sender, accounts_for, sender_for
from messaging.selectors import NO_ROUTE, HeldBecause, because
from messaging.text import parts, signature, travels_by_p2p, units

HAZARDS = LINE_BREAK, NUMBER_SIGN, MAY_EXPIRE = "line_break", "number_sign", "may_expire"
UNCHECKED = Sender(has_route=True, chunk_numbers=1, signatures=None)
NOT_ACCEPTED = Estimate(None, None, Unforeseen.NOT_ACCEPTED)


@dataclass(frozen=True)
class Asked:
    """Who asks, and what holds for every message of the request. Times are aware."""

    application: Application
    category: str
    extno: str | None = None
    send_at: datetime | None = None
    expires_at: datetime | None = None


@dataclass(frozen=True)
class Signed:
    """Signatures in the texts: the one they share, whether all have one, and whether the account knows them all.

    `known` is None where the vendor does not check.
    """

    text: str | None
    present: bool
    known: bool | None


@dataclass(frozen=True)
class Hazard:
    """What may go wrong, or slowly, with some messages, though it is accepted."""

    code: str
    messages: int
    detail: str


@dataclass(frozen=True)
class Keeping:
    """A hold in force, and how many messages of the request it would keep."""

    hold: HeldBecause
    messages: int


@dataclass(frozen=True)
class Preflight:
    """What is known beforehand. `cost` is in 厘 (0.001 CNY): by the application's own price, else by the account's.

    `accepted` messages would be stored; the first hundred problems of the others are listed. All the rest is about the
    messages that can be read.
    """

    total: int
    accepted: int
    problems: Sequence[Problem]
    parts: int = 0
    characters: int | None = None
    cost: int | None = None
    carriers: Mapping[str, int] = field(default_factory=dict)
    account: str | None = None
    signature: Signed | None = None
    hazards: Sequence[Hazard] = ()
    holds: Sequence[Keeping] = ()
    estimate: Estimate = NOT_ACCEPTED

    @property
    def carrier(self) -> str | None:
        """The carrier of all numbers, if it is one."""
        return next(iter(self.carriers)) if len(self.carriers) == 1 else None


@dataclass(frozen=True)
class _Read:
    """A request as far as it can be read. `texts` has one for all, or one for each number."""

    mobiles: Sequence[str]
    texts: Sequence[str]
    parts: int
    problems: Sequence[Problem]
    total: int
    accepted: int
    may_go_by_p2p: bool

    def pairs(self) -> Iterable[tuple[str, str]]:
        for_all = len(self.texts) == 1
        return zip(self.mobiles, repeat(self.texts[0]) if for_all else self.texts, strict=False)


def unreadable(problems: Sequence[Problem]) -> Preflight:
    """Return the pre-flight of a request that has not even the right shape."""
    return Preflight(total=0, accepted=0, problems=problems[:LISTED_PROBLEMS])


def of_message(asked: Asked, item: Item) -> Preflight:
    """Return the pre-flight of a single message, from a few queries."""
    sender, problems = _sender(asked)
    content, mobile = item.content or "", normalise(item.to)
    try:
        read_single(item, sender)
    except Invalid as error:
        problems += error.problems
    if mobile and (waits := frequency.waits(asked.application, asked.category, [mobile])):
        problems.append(Problem("/to", "frequency_exceeded", frequency.too_often(waits[mobile])))
    accepted = 0 if problems else 1
    return _told(
        asked, _Read([mobile] if mobile else [], [content], parts(content), problems, 1, accepted, True)
    )


def of_batch(asked: Asked, content: str | None, recipients: Recipients, *, skip_invalid: bool) -> Preflight:
    """Return the pre-flight of a batch, from a few queries. `content` is the text for all, if there is one."""
    sender, problems = _sender(asked)
    total = len(recipients.to)
    try:
        rows, refusals = read_many(content, recipients, sender)
    except Invalid as error:
        mobiles = [*dict.fromkeys(filter(None, normalise_all(recipients.to)))]
        cost = parts(content or "") * len(mobiles)
        return _told(
            asked, _Read(mobiles, [content or ""], cost, [*problems, *error.problems], total, 0, False)
        )
    if rows and (waits := frequency.waits(asked.application, asked.category, rows.mobiles)):
        rows, late = rows.without(
            waits, recipients, "frequency_exceeded", frequency.too_often(max(waits.values()))
        )
        refusals = sorted([*refusals, *late], key=lambda refusal: refusal.index)
    if rows and skip_invalid and not problems and (poor := beyond_purse(asked.application, rows)):
        rows, unpaid = rows.without(poor, recipients, Unpaid.code, of_a_recipient())
        refusals = sorted([*refusals, *unpaid], key=lambda refusal: refusal.index)
    accepted = len(rows.mobiles) if rows and not problems and (skip_invalid or not refusals) else 0
    problems += [Problem(f"/{recipients.field}/{r.index}", r.code, r.detail) for r in refusals]
    return _told(asked, _read_rows(rows, content, problems, total, accepted))


def _read_rows(
    rows: Rows | None, content: str | None, problems: Sequence[Problem], total: int, accepted: int
) -> _Read:
    if rows is None:
        return _Read([], [], 0, problems, total, accepted, False)
    billed = rows.parts * len(rows.mobiles) if isinstance(rows.parts, int) else sum(rows.parts)
    texts = rows.contents if rows.contents is not None else [content or ""]
    return _Read(rows.mobiles, texts, billed, problems, total, accepted, rows.contents is not None)


def _sender(asked: Asked) -> tuple[Sender, list[Problem]]:
    """What staff filed a moment ago counts, so nothing is taken from what is remembered."""
    try:
        return sender_for(asked.application, asked.category, asked.extno, anew=True), []
    except Invalid as error:
        return UNCHECKED, [*error.problems]


def _within_limits(asked: Asked, read: _Read) -> _Read:
    """What is sound may be too much at this time."""
    if not read.accepted:
        return read
    try:
        refuse_when_full(asked.category)
        refuse_beyond(asked.application, read.accepted)
        refuse_unpaid(asked.application, read.parts)
    except (Overloaded, Throttled, Unpaid) as error:
        problems = [*read.problems, Problem("", error.code, str(error))]
        return replace(read, problems=problems, accepted=0)
    return read


def _told(asked: Asked, read: _Read) -> Preflight:
    application, read = asked.application, _within_limits(asked, read)
    accounts = accounts_for(application.pk, application.environment, asked.category, asked.extno)
    way = _way(asked, read, accounts)
    account = way.account
    foreseen = _estimate(asked, read, way)
    price = price_for(application)
    if price is None and account:
        price = account.price_per_part
    return Preflight(
        total=read.total,
        accepted=read.accepted,
        problems=read.problems[:LISTED_PROBLEMS],
        parts=read.parts,
        characters=max(map(units, set(read.texts)), default=None),
        cost=None if price is None else read.parts * price,
        carriers=Counter(str(carrier(mobile)) for mobile in read.mobiles),
        account=account.name if account else None,
        signature=_signed(read, account),
        hazards=[*_hazards(read), *_too_late(asked, read, foreseen)],
        holds=way.holds,
        estimate=foreseen,
    )


@dataclass(frozen=True)
class _Way:
    """The account that would take it, or would if it were not held; the holds, and how many messages none keeps."""

    account: UpstreamAccount | None
    holds: Sequence[Keeping]
    free: int


def _way(asked: Asked, read: _Read, accounts: Sequence[UpstreamAccount]) -> _Way:
    """As the claim chooses: the first account that is not held itself, whatever it holds of carriers and signatures."""
    everyone = len(read.mobiles)
    if not accounts:
        return _Way(None, [Keeping(NO_ROUTE, everyone)], 0)
    restraints = Restraints.in_force()
    held = {account: restraints.hold_account(account, asked.extno or account.extno) for account in accounts}
    account = next((account for account, hold in held.items() if hold is None), None)
    above = restraints.hold_chunk(asked.application.pk, None)
    if above or account is None:
        holds = [above] if above else [hold for hold in held.values() if hold]
        return _Way(account or accounts[0], [Keeping(because(hold), everyone) for hold in holds], 0)
    kept = _kept(read, account, restraints)
    keeping = [Keeping(because(hold), count) for hold, count in kept.items()]
    return _Way(account, keeping, everyone - sum(kept.values()))


def _kept(read: _Read, account: UpstreamAccount, restraints: Restraints) -> Counter[Hold]:
    if not restraints.some_messages_held(account):
        return Counter()
    holds = (restraints.hold_message(account, mobile, text) for mobile, text in read.pairs())
    return Counter(hold for hold in holds if hold)


def _signed(read: _Read, account: UpstreamAccount | None) -> Signed | None:
    if not read.texts:
        return None
    found = {signature(text) for text in read.texts}
    known = None
    if account and account.signature_check:
        filed = Signature.objects.filter(upstream_account=account, text__in=[text for text in found if text])
        known = found <= {*filed.values_list("text", flat=True)}
    return Signed(next(iter(found)) if len(found) == 1 else None, None not in found, known)


def _hazards(read: _Read) -> Iterator[Hazard]:
    """What a call with a text for each number can't carry, or may spoil (PROTOCOL 3.8)."""
    if not read.may_go_by_p2p:
        return
    if broken := sum(not travels_by_p2p(text) for text in read.texts):
        text = _(
            "A line break can't travel in a call that has a text for each number. Such a text goes in a call of its "
            "own, with others only where they are the same; that is slower."
        )
        yield Hazard(LINE_BREAK, broken, text)
    if hashes := sum("#" in text for text in read.texts):
        text = _(
            "A call that has a text for each number separates number and text by `#`. Only the first one should "
            "count; look at one such message on a handset before you send many."
        )
        yield Hazard(NUMBER_SIGN, hashes, text)


def _too_late(asked: Asked, read: _Read, foreseen: Estimate) -> Iterator[Hazard]:
    if foreseen.at and asked.expires_at and foreseen.at >= asked.expires_at:
        text = _("By the estimate, its `expires_at` comes before its turn: it would expire and not be sent.")
        yield Hazard(MAY_EXPIRE, read.accepted, text)


def _estimate(asked: Asked, read: _Read, way: _Way) -> Estimate:
    if not read.accepted:
        return NOT_ACCEPTED
    if way.account is None:
        return Estimate(None, None, Unforeseen.NO_ROUTE)
    if not way.free:
        return Estimate(None, None, Unforeseen.HELD)
    return estimate(asked.application, way.account, asked.category, way.free, asked.send_at)
