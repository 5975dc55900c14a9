"""The states of a message and the moves between them: a table, and nothing else decides.

    queued ─> submitted ─> delivered            (final; never left)
      │          ├──────> undelivered ─> delivered (late DELIVRD)
      │          └──────> no_report ──> delivered | undelivered
      ├─> rejected ─────────────────> delivered | undelivered (late report)
      ├─> unknown ──> submitted | delivered | undelivered | rejected | unresolved
      ├─> expired
      └─> cancelled

`submitting`, `held` and `scheduled` are never in a message's row: they are its chunk's state, or its `send_at`, and
readers combine the two. So five hundred messages are claimed by writing one row.
"""

from enum import StrEnum

from django.db import models
from django.utils.translation import gettext_lazy as _


class Category(models.TextChoices):
    """The lane a message travels in."""

    OTP = "otp", _("one-time password")
    NOTIFICATION = "notification", _("notification")
    MARKETING = "marketing", _("marketing")


class State(models.TextChoices):
    """What a message's own row can say."""

    QUEUED = "queued", _("queued")
    SUBMITTED = "submitted", _("submitted, awaiting report")
    DELIVERED = "delivered", _("delivered")
    UNDELIVERED = "undelivered", _("undelivered")
    NO_REPORT = "no_report", _("no report in time")
    REJECTED = "rejected", _("rejected")
    UNKNOWN = "unknown", _("outcome unknown (do not resend)")
    UNRESOLVED = "unresolved", _("never resolved")
    EXPIRED = "expired", _("expired before sending")
    CANCELLED = "cancelled", _("cancelled")


class Derived(models.TextChoices):
    """What readers add to it."""

    SCHEDULED = "scheduled", _("scheduled")
    SUBMITTING = "submitting", _("submitting")
    HELD = "held", _("held")


STATUSES = State.choices + Derived.choices
STATUS_LABELS = dict(STATUSES)


class ChunkState(models.TextChoices):
    """Where the unit of claim and call stands."""

    QUEUED = "queued", _("queued")
    SUBMITTING = "submitting", _("submitting")
    HELD = "held", _("held")
    DONE = "done", _("done")


class AttemptState(models.TextChoices):
    """How far one upstream call went, and what is known of it."""

    PREPARED = "prepared", _("prepared")
    IN_FLIGHT = "in_flight", _("in flight")
    ANSWERED = "answered", _("answered")
    NOT_SENT = "not_sent", _("not sent")
    REFUSED = "refused", _("refused as an internal error")
    UNKNOWN = "unknown", _("outcome unknown")


class EventKind(StrEnum):
    """What happened to a set of messages."""

    ACCEPTED = "accepted"
    CLAIMED = "claimed"
    REQUEUED = "requeued"
    ANSWERED = "answered"
    REPORTED = "reported"
    EXPIRED = "expired"
    CANCELLED = "cancelled"
    HELD = "held"
    GIVEN_UP = "given_up"
    RESENT = "resent"
    RESTORED = "restored"


# What happened here is not what the message then was.
TOLD_BY_KIND = frozenset({EventKind.ACCEPTED.value, EventKind.RESENT.value})

# No event ever says `scheduled`: time makes it, and ends it.
EVENT_TYPES = tuple(
    f"message.{name}"
    for name in (
        EventKind.ACCEPTED,
        *State.values,
        Derived.SUBMITTING.value,
        Derived.HELD.value,
        EventKind.RESENT,
    )
)


def event_type(kind: str, status: str) -> str:
    """Return what callers read as an event's type: the status that a message came to, or what happened to it."""
    return f"message.{kind if kind in TOLD_BY_KIND else status}"


LATE_EVIDENCE = (State.SUBMITTED, State.UNKNOWN, State.UNRESOLVED, State.NO_REPORT, State.REJECTED)

# target → the states it may be reached from
MOVES: dict[State, tuple[State, ...]] = {
    State.SUBMITTED: (State.QUEUED, State.UNKNOWN, State.UNRESOLVED),
    State.REJECTED: (State.QUEUED, State.UNKNOWN, State.UNRESOLVED),
    State.UNKNOWN: (State.QUEUED,),
    State.EXPIRED: (State.QUEUED,),
    State.CANCELLED: (State.QUEUED,),
    State.DELIVERED: (*LATE_EVIDENCE, State.UNDELIVERED),
    State.UNDELIVERED: LATE_EVIDENCE,
    State.NO_REPORT: (State.SUBMITTED,),
    State.UNRESOLVED: (State.UNKNOWN,),
}
ALLOWED = tuple((source.value, target.value) for target, sources in MOVES.items() for source in sources)

FINAL = frozenset(
    {
        State.DELIVERED,
        State.UNDELIVERED,
        State.NO_REPORT,
        State.REJECTED,
        State.UNRESOLVED,
        State.EXPIRED,
        State.CANCELLED,
    }
)
