"""How far a batch has come: its counts, its bar, and in words what a cancel could still stop."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Self

from django.db.models import F, IntegerField, OuterRef, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from messaging import selectors
from messaging.admin.links import list_of
from messaging.admin.wording import COLOURS, one_after_another, status_label
from messaging.holding import in_force
from messaging.models import Batch, Chunk, Hold, Message
from messaging.services.cancelling import Cancellation
from messaging.states import ChunkState, Derived, State

# In this order along the bar: what went well, what is under way, what went wrong, what will not go, what waits.
ORDER = (
    *(State.DELIVERED, State.SUBMITTED, Derived.SUBMITTING, State.NO_REPORT, State.UNKNOWN, State.UNRESOLVED),
    *(State.UNDELIVERED, State.REJECTED, State.EXPIRED, State.CANCELLED, Derived.HELD, Derived.SCHEDULED),
    State.QUEUED,
)
BAR = {
    "success": "bg-green-500",
    "primary": "bg-primary-500",
    "warning": "bg-orange-400",
    "danger": "bg-red-500",
    "info": "",  # what waits leaves the bar empty
}
MOVING = frozenset({Derived.SUBMITTING.value, State.SUBMITTED.value})
UNSETTLED = (ChunkState.QUEUED, ChunkState.SUBMITTING, ChunkState.HELD)


PAUSED = "paused"


@dataclass(frozen=True)
class Share:
    """The messages in one status. `url` lists them; it is empty where no list has just these."""

    status: str
    number: int
    percent: float
    url: str = ""

    @property
    def label(self) -> str:
        return status_label(self.status)

    @property
    def colour(self) -> str:
        return COLOURS.get(self.status, "")

    @property
    def bar(self) -> str:
        return BAR.get(self.colour, "bg-base-400")


def shares_of(counts: Mapping[str, int], total: int) -> list[Share]:
    """Return the pieces of a bar, in their order along it."""
    return [
        Share(status, counts[status], round(100 * counts[status] / max(1, total), 3))
        for status in ORDER
        if counts.get(status)
    ]


def title_of(status: str) -> str:
    """Say in words where a batch stands."""
    titles = {
        PAUSED: _("Paused: what waits is not sent"),
        "accepted": _("Accepted: nothing has left yet"),
        "sending": _("Sending"),
        "done": _("Done: nothing waits any more"),
        "cancelled": _("Cancelled"),
    }
    return titles[status]


@dataclass(frozen=True)
class Progress:
    """A batch's counts, read once. `waiting` could still be cancelled, `moving` may change by itself."""

    batch: Batch
    counts: Mapping[str, int]
    hold: Hold | None

    @classmethod
    def of(cls, batch: Batch) -> Self:
        """Read it: at most ten thousand rows by the primary key."""
        return cls(batch, selectors.counts_of(batch), hold_on(batch))

    @property
    def waiting(self) -> int:
        return sum(count for status, count in self.counts.items() if status in selectors.WAITING)

    @property
    def moving(self) -> bool:
        """Whether it is worth looking again soon: something is under way, or waits and may go at any time."""
        if any(self.counts.get(status) for status in MOVING):
            return True
        return not self.paused and bool(self.counts.get(State.QUEUED))

    @property
    def paused(self) -> bool:
        return self.hold is not None

    @property
    def cancelled(self) -> bool:
        return self.batch.cancelled_at is not None

    @property
    def total(self) -> int:
        return self.batch.accepted

    @property
    def settled(self) -> int:
        """How many wait no more and are not being submitted."""
        return self.total - self.waiting - self.counts.get(Derived.SUBMITTING, 0)

    @property
    def settled_percent(self) -> int:
        return 100 * self.settled // max(1, self.total)

    @property
    def status(self) -> str:
        """That of the batch, or `paused`."""
        if self.paused and self.waiting and not self.cancelled:
            return PAUSED
        return selectors.batch_status(self.batch, dict(self.counts))

    @property
    def title(self) -> str:
        return title_of(self.status)

    def shares(self) -> list[Share]:
        found = shares_of(self.counts, self.total)
        return [replace(share, url=list_of(Message, q=self.batch.pk, status=share.status)) for share in found]

    def account(self) -> str:
        """Return what a cancel has stopped and what had gone; empty for a batch that was not cancelled."""
        return account_of(Cancellation(self.batch, self.counts)) if self.cancelled else ""

    def context(self) -> dict[str, Any]:
        """Return what the template needs."""
        return {"progress": self, "shares": self.shares(), "account": self.account()}


def hold_on(batch: Batch) -> Hold | None:
    """Return the hold that pauses a batch. Index: one_hold_in_force."""
    return in_force().filter(scope=Hold.Scope.BATCH, batch=batch).first()


def account_of(cancellation: Cancellation) -> str:
    """Say exactly what was cancelled, and what the gateway had or may have had by then, by status."""
    cancelled = ngettext(
        "%(count)d of %(total)d messages was cancelled before it was sent.",
        "%(count)d of %(total)d messages were cancelled before they were sent.",
        cancellation.cancelled,
    ) % {"count": cancellation.cancelled, "total": cancellation.batch.accepted}
    return one_after_another(cancelled, _gone(cancellation))


def _gone(cancellation: Cancellation) -> str:
    if not cancellation.already_gone:
        return _("Nothing had gone.")
    parts = (f"{status_label(status)} {count}" for status, count in cancellation.by_status.items())
    return ngettext(
        "%(count)d had gone, or may have: %(parts)s.",
        "%(count)d had gone, or may have: %(parts)s.",
        cancellation.already_gone,
    ) % {"count": cancellation.already_gone, "parts": ", ".join(parts)}


def with_unsettled(batches: QuerySet[Batch]) -> QuerySet[Batch]:
    """Add `unsettled`, what waits or is being submitted: from some chunks of each, not from its messages.

    A member that was cancelled or expired alone still counts there until its chunk is done. Index: the foreign key.
    """
    chunks = Chunk.objects.filter(batch_id=OuterRef("pk"), state__in=UNSETTLED).order_by()
    size = chunks.values("batch_id").annotate(total=Sum("size")).values("total")
    paused = in_force().filter(scope=Hold.Scope.BATCH, batch_id=OuterRef("pk")).values("pk")
    return batches.annotate(
        unsettled=Coalesce(Subquery(size, output_field=IntegerField()), 0),
        settled=F("accepted") - F("unsettled"),
        paused_by=Subquery(paused),
    )
