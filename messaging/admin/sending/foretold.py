"""What would become of a request, in words: the pre-flight as staff read it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from accounts.admin.units import clock, in_yuan, span
from messaging.admin.message.firstline import waiting
from messaging.admin.wording import one_after_another
from messaging.forecast import Estimate, Unforeseen
from messaging.services.preflight import Keeping, Preflight


@dataclass(frozen=True)
class Foretold:
    """Facts as (name, value); `stops` keep everything from being sent, `warnings` do not."""

    facts: Sequence[tuple[str, str]]
    stops: Sequence[str]
    warnings: Sequence[str]


def foretell(preflight: Preflight, *, parts_each: int | None) -> Foretold:
    """Put a pre-flight into words. `parts_each` is what one message is billed as, where all have one text."""
    return Foretold(
        facts=[*_facts(preflight, parts_each)],
        stops=[*_stops(preflight)],
        warnings=[*_warnings(preflight)],
    )


def _facts(preflight: Preflight, parts_each: int | None) -> Iterator[tuple[str, str]]:
    readable = sum(preflight.carriers.values())
    if readable:
        yield _("Messages"), f"{readable:,}"
    if preflight.characters is not None:
        text = _("%(count)s, signature included") % {"count": f"{preflight.characters:,}"}
        yield _("Characters"), text
    if parts_each is not None:
        yield _("Parts of one message"), f"{parts_each:,}"
    if readable:
        yield _("Parts in all"), f"{preflight.parts:,}"
    yield _("Cost"), _cost(preflight)
    if preflight.account:
        yield _("Upstream account"), preflight.account
    if when := _when(preflight.estimate):
        yield _("Handed over"), when


def _cost(preflight: Preflight) -> str:
    if preflight.cost is None:
        return _("unknown: the account has no price")
    return _("%(amount)s CNY") % {"amount": in_yuan(preflight.cost)}


def _when(estimate: Estimate) -> str:
    if estimate.reason == Unforeseen.NOTHING_MEASURED:
        return _("soon; nothing was sent in the last minutes to measure by")
    if estimate.at is None or estimate.seconds is None:
        return ""
    if estimate.seconds < 1:
        return _("at once")
    return _("by %(time)s, in %(span)s") % {"time": clock(estimate.at), "span": span(estimate.seconds)}


def _stops(preflight: Preflight) -> Iterator[str]:
    """What is wrong with the whole of it, not with one recipient."""
    said = dict.fromkeys(p.detail for p in preflight.problems if p.pointer in {"", "/content", "/extno"})
    yield from said


def _warnings(preflight: Preflight) -> Iterator[str]:
    rows = [problem for problem in preflight.problems if problem.pointer.removeprefix("/to/").isdigit()]
    if rows:
        bad = preflight.total - sum(preflight.carriers.values())
        reasons = one_after_another(*dict.fromkeys(problem.detail for problem in rows))
        text = _("%(count)s can't be sent. %(reasons)s")
        yield text % {"count": f"{bad:,}", "reasons": reasons}
    for hazard in preflight.hazards:
        yield hazard.detail
    for keeping in preflight.holds:
        yield _held(keeping)


def _held(keeping: Keeping) -> str:
    return f"{keeping.messages:,} × {waiting(keeping.hold)}" if keeping.messages else waiting(keeping.hold)
