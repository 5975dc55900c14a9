"""The first line of a message's page: what became of it, in plain words, and what to do."""

from collections.abc import Callable
from datetime import datetime

from django.utils.translation import gettext as _

from accounts.admin.units import ago, clock, span
from messaging.admin.wording import explained, one_after_another, sentences
from messaging.models import Hold, Message
from messaging.selectors import HeldBecause
from messaging.states import Derived, State


def first_line(message: Message, status: str, because: HeldBecause | None) -> str:
    """Say where a message stands. `because` is why it waits, if something keeps it."""
    if status == State.QUEUED:
        return waiting(because)
    return TELLERS[status](message)


def waiting(because: HeldBecause | None) -> str:
    if because is None:
        return _("Waiting for its turn: nothing keeps it back.")
    if because.cause == "no_route":
        return _("Waiting: no route leads to an upstream account that could take it. Add a route.")
    cause = dict(Hold.Cause.choices).get(because.cause, because.cause)
    line = _("Waiting: %(cause)s, since %(since)s (%(ago)s).") % {
        "cause": _with_account(str(cause), because.account),
        "since": clock(because.since) if because.since else "",
        "ago": ago(because.since),
    }
    return one_after_another(line, _advice(because.code_table, because.code))


def _with_account(cause: str, account: str | None) -> str:
    return _("%(cause)s (account %(account)s)") % {"cause": cause, "account": account} if account else cause


def _advice(table: str | None, code: str | None) -> str:
    found = explained(table, code)
    return sentences(found.meaning, found.action) if found else ""


def _took(message: Message, end: datetime) -> str:
    """A scheduled message's time begins when it was to be sent."""
    return span((end - max(message.created_at, message.send_at or message.created_at)).total_seconds())


def _scheduled(message: Message) -> str:
    return _("Will be sent at %(time)s.") % {"time": clock(message.send_at or message.created_at)}


def _submitting(_message: Message) -> str:
    return _("It is being handed to the gateway now.")


def _held(_message: Message) -> str:
    return _("Held: a person must decide whether it is sent.")


def _submitted(message: Message) -> str:
    since = message.submitted_at or message.created_at
    return _("With the gateway since %(time)s (%(ago)s); no report yet.") % {
        "time": clock(since),
        "ago": ago(since),
    }


def _delivered(message: Message) -> str:
    end = message.final_at or message.created_at
    return _("Delivered at %(time)s, after %(span)s.") % {"time": clock(end), "span": _took(message, end)}


def _undelivered(message: Message) -> str:
    line = _("Not delivered: %(why)s") % {
        "why": _advice(message.code_table, message.code) or message.code or "?"
    }
    if message.certain:
        return line
    return one_after_another(line, _("This is not certain: a late report may still say delivered."))


def _rejected(message: Message) -> str:
    why = _advice(message.code_table, message.code)
    return _("Rejected by the gateway: %(why)s") % {"why": why} if why else _("Rejected by the gateway.")


def _unknown(message: Message) -> str:
    line = _(
        "Nobody can say whether the gateway took it. Do not send it again: a report may still settle it."
    )
    return one_after_another(line, _advice(message.code_table, message.code))


def _unresolved(_message: Message) -> str:
    return _(
        "Nobody could say whether the gateway took it, and no report came. A resend may be a second SMS."
    )


def _no_report(message: Message) -> str:
    return _(
        "The gateway took it at %(time)s, and no report came in time: nobody knows whether it arrived."
    ) % {"time": clock(message.submitted_at or message.created_at)}


def _expired(message: Message) -> str:
    return _("Never sent: its time ran out at %(time)s.") % {
        "time": clock(message.expires_at or message.final_at or message.created_at)
    }


def _cancelled(message: Message) -> str:
    return _("Cancelled at %(time)s, before it was sent.") % {
        "time": clock(message.final_at or message.created_at)
    }


TELLERS: dict[str, Callable[[Message], str]] = {
    Derived.SCHEDULED: _scheduled,
    Derived.SUBMITTING: _submitting,
    Derived.HELD: _held,
    State.SUBMITTED: _submitted,
    State.DELIVERED: _delivered,
    State.UNDELIVERED: _undelivered,
    State.REJECTED: _rejected,
    State.UNKNOWN: _unknown,
    State.UNRESOLVED: _unresolved,
    State.NO_REPORT: _no_report,
    State.EXPIRED: _expired,
    State.CANCELLED: _cancelled,
}
