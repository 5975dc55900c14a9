"""What happened to a message, in one list: events, upstream calls, reports, and what keeps it now."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from accounts.admin.units import clock, span
from messaging import selectors
from messaging.admin.holds import what_it_holds
from messaging.admin.keeping import past_holds
from messaging.admin.links import link_to
from messaging.admin.raw import readable
from messaging.admin.wording import COLOURS, Explained, explain, explained, reason_label, say, status_label
from messaging.models import Attempt, DeliveryReport, Hold, Message, UpstreamPayload
from messaging.selectors import Happening, HeldBecause
from messaging.states import AttemptState, Derived, State
from messaging.vendor.codes import Effect, Table, lookup

ATTEMPT_COLOURS = {
    AttemptState.ANSWERED: "success",
    AttemptState.NOT_SENT: "warning",
    AttemptState.REFUSED: "danger",
    AttemptState.UNKNOWN: "danger",
}
REPORT_COLOURS = {
    Effect.DELIVERED: "success",
    Effect.INTERMEDIATE: "info",
    Effect.FAILED: "danger",
    Effect.FAILED_UNCERTAIN: "danger",
}

FAILURES = (Effect.FAILED, Effect.FAILED_UNCERTAIN)

Fact = tuple[str, str | SafeString]


@dataclass(frozen=True)
class Entry:
    """One line of the timeline. `raw` is shown collapsed."""

    at: datetime
    title: str
    icon: str
    colour: str = ""
    facts: tuple[Fact, ...] = ()
    explained: Explained | None = None
    raw: str = ""
    order: int = field(default=0, repr=False)


def timeline(message: Message, because: HeldBecause | None) -> list[Entry]:
    """Return the whole life of a message, oldest first."""
    calls = selectors.attempts_of(message)
    entries = [
        *_events(message),
        *(_call(attempt) for attempt in calls),
        *(_report(report, message) for report in selectors.reports_of(message)),
        *(_past_hold(hold, message) for hold in past_holds(message, calls)),
        *_hold(message, because),
    ]
    return sorted(entries, key=lambda entry: (entry.at, entry.order))


def _facts(*facts: tuple[str, object]) -> tuple[Fact, ...]:
    """Leave out what is empty."""
    return tuple(
        (name, value if isinstance(value, SafeString) else str(value))
        for name, value in facts
        if value not in (None, "")
    )


def _events(message: Message) -> Iterator[Entry]:
    """A claim is told by its call, and a report by itself: what a code means is said there."""
    for happening in selectors.happenings(message):
        if happening.status != Derived.SUBMITTING:
            yield _event(happening, message)


def _event(happening: Happening, message: Message) -> Entry:
    accepted = happening.type == "message.accepted"
    title, icon = _told(happening)
    table, _colon, code = (happening.code or "").partition(":")
    return Entry(
        at=message.created_at if accepted else happening.at,
        title=title,
        icon=icon,
        colour=COLOURS.get(happening.status, ""),
        facts=_facts(
            (_("mid"), happening.mid),
            (_("code"), f"{table} {code}" if code else ""),
            (_("reason"), _linked(happening, message)),
        ),
        order=0 if accepted else 3,
    )


def _told(happening: Happening) -> tuple[str, str]:
    """Return an event's title and icon."""
    if happening.type == "message.accepted":
        return _("Accepted"), "inbox"
    if happening.type == "message.resent":
        return _("Resent"), "redo"
    if happening.status == State.QUEUED:
        return _("Back in the queue"), "undo"
    return status_label(happening.status), "flag"


def _linked(happening: Happening, message: Message) -> str | SafeString:
    """Say why; where it names the other message of a resend, lead there."""
    words = reason_label(happening.detail)
    for other in (message.resend_of, message.resent_as):
        if other and str(other) in words:
            return link_to(Message, other, words)
    return words


def _call(attempt: Attempt) -> Entry:
    code = lookup(Table.STATUS, attempt.code) if attempt.code else None
    state = AttemptState(attempt.state)
    elapsed = attempt.elapsed_ms
    return Entry(
        at=attempt.called_at or attempt.prepared_at,
        title=_("Upstream call: %(state)s") % {"state": state.label},
        icon="call_made",
        colour=ATTEMPT_COLOURS.get(state, "info"),
        facts=_facts(
            (_("upstream account"), attempt.upstream_account.name),
            (_("extno"), attempt.extno),
            (_("duration"), None if elapsed is None else _duration(elapsed)),
            (_("HTTP status"), attempt.http_status),
            (_("STATUS"), attempt.code),
            (_("reason"), reason_label(attempt.reason)),
            (_("worker"), attempt.worker),
            (_("attempt"), link_to(Attempt, attempt.pk)),
        ),
        explained=explain(code) if code and code.effect != Effect.ACCEPTED else None,
        raw=readable(attempt.raw),
        order=1,
    )


def _duration(milliseconds: int) -> str:
    return _("%(ms)d ms") % {"ms": milliseconds} if milliseconds < 10_000 else span(milliseconds / 1000)


def _report(report: DeliveryReport, message: Message) -> Entry:
    """What the page explains above is not explained again."""
    code = lookup(Table.STAT, report.stat)
    return Entry(
        at=report.received_at,
        title=_("Report: %(stat)s") % {"stat": report.stat},
        icon="fact_check",
        colour=REPORT_COLOURS.get(code.effect, ""),
        facts=_facts(
            (_("meaning"), say(code.meaning)),
            (_("time in the report"), report.time_text),
            (_("access code"), report.access_code),
            (_("mid"), report.mid),
            (_("payload"), link_to(UpstreamPayload, report.payload_id)),
        ),
        explained=explain(code) if code.effect in FAILURES and report.stat != message.code else None,
        order=2,
    )


def _past_hold(hold: Hold, message: Message) -> Entry:
    return Entry(
        at=max(hold.since, message.created_at),
        title=_("Held: %(cause)s") % {"cause": hold.get_cause_display()},
        icon="pause_circle",
        colour="warning",
        facts=_facts(
            (_("what is held"), what_it_holds(hold)),
            (_("until"), clock(hold.ended_at) if hold.ended_at else None),
            (_("ended by"), reason_label(hold.ended_by)),
            (_("hold"), link_to(Hold, hold.pk)),
        ),
        order=0,
    )


def _hold(message: Message, because: HeldBecause | None) -> Iterator[Entry]:
    if because is None or because.since is None:
        return
    cause = dict(Hold.Cause.choices).get(because.cause, because.cause)
    scope = dict(Hold.Scope.choices).get(because.scope, because.scope)
    found = explained(because.code_table, because.code)
    yield Entry(
        at=max(because.since, message.created_at),
        title=_("Held: %(cause)s") % {"cause": cause},
        icon="pause_circle",
        colour="warning",
        facts=_facts(
            (_("scope"), scope),
            (_("upstream account"), because.account),
            (_("hold"), link_to(Hold, because.hold_id)),
        ),
        explained=replace(found, retry="") if found else None,  # it is sent by itself, once the hold ends
        order=4,
    )
