"""Reads: what a message's status is, why it waits, what happened to it."""

import uuid
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import (
    Case,
    CharField,
    Count,
    F,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Coalesce, Now

from accounts.ledger import purse_now
from accounts.models import Application, UpstreamAccount
from messaging.connections import free_by_account
from messaging.holding import Restraints, in_force
from messaging.models import (
    Alarm,
    Attempt,
    Batch,
    Chunk,
    DeliveryReport,
    Event,
    Hold,
    Message,
)
from messaging.routing import accounts_for, accounts_of_caller
from messaging.states import Category, ChunkState, Derived, State, event_type


@dataclass(frozen=True)
class HeldBecause:
    """Why a queued message is not sent now."""

    cause: str
    scope: str
    account: str | None
    since: datetime | None
    code_table: str | None = None
    code: str | None = None
    hold_id: int | None = None


NO_ROUTE = HeldBecause(cause="no_route", scope="application", account=None, since=None)
POISON = HeldBecause(cause="message_kills_workers", scope="message", account=None, since=None)


def with_status(messages: QuerySet[Message]) -> QuerySet[Message]:
    """Add `status`: the row's state, or what its chunk and its `send_at` make of `queued`."""
    chunk_state = Chunk.objects.filter(pk=OuterRef("chunk_id")).values("state")
    return messages.annotate(
        chunk_state=Subquery(chunk_state),
        text=Coalesce("content", "batch__content"),
        account_name=F("upstream_account__name"),
        status=Case(
            When(~Q(state=State.QUEUED), then=F("state")),
            When(chunk_state=ChunkState.SUBMITTING, then=Value(Derived.SUBMITTING.value)),
            When(chunk_state=ChunkState.HELD, then=Value(Derived.HELD.value)),
            When(send_at__gt=Now(), then=Value(Derived.SCHEDULED.value)),
            default=Value(State.QUEUED.value),
            output_field=CharField(),
        ),
    )


def messages_of(application: Application) -> QuerySet[Message]:
    """The caller's messages, with status."""
    return with_status(Message.objects.filter(application=application).select_related("application"))


def as_accepted(message: Message, status: str) -> Message:
    """Return a message that has just been stored as `with_status` would read it."""
    message.status, message.text, message.account_name = status, message.content, None  # type: ignore[attr-defined]
    return message


def messages_in(batch: Batch, messages: QuerySet[Message]) -> QuerySet[Message]:
    """Narrow to a batch's messages. Index: the primary key."""
    return messages.filter(batch_id=batch.pk, pk__gte=batch.first_message_id, pk__lte=batch.last_message_id)


def in_pages(messages: QuerySet[Message], size: int = 500) -> Iterator[list[Message]]:
    """Yield all of them by their ids, so that no more than a page is held. Index: the primary key."""
    page = list(messages.order_by("pk")[:size])
    while page:
        yield page
        page = list(messages.filter(pk__gt=page[-1].pk).order_by("pk")[:size])


def newest_in_pages(rows: QuerySet[Any], size: int) -> Iterator[list[Any]]:
    """Yield all rows of a list that is ordered by descending ids, so that no more than a page is held."""
    page = list(rows[:size])
    while page:
        yield page
        page = list(rows.filter(pk__lt=page[-1].pk)[:size])


def batches_of(application: Application) -> QuerySet[Batch]:
    return Batch.objects.filter(application=application)


def held_because(message: Message, restraints: Restraints) -> HeldBecause | None:
    """Return why a queued message waits; None when only its turn keeps it. `message` is from `with_status`."""
    if message.status == Derived.HELD:  # type: ignore[attr-defined]
        return POISON
    if message.status != State.QUEUED:  # type: ignore[attr-defined]
        return None
    hold = restraints.hold_chunk(message.application_id, message.batch_id)
    if hold:
        return because(hold)
    accounts = accounts_for(
        message.application_id, message.application.environment, message.category, message.extno
    )
    if not accounts:
        return NO_ROUTE
    holds = [
        restraints.hold_account(account, message.extno or account.extno)
        or restraints.hold_message(account, message.mobile, message.text)  # type: ignore[attr-defined]
        for account in accounts
    ]
    return because(holds[0]) if holds[0] and all(holds) else None


def because(hold: Hold) -> HeldBecause:
    """Return a hold as callers are told of it."""
    return HeldBecause(
        cause=hold.cause,
        scope=hold.scope,
        account=hold.upstream_account.name if hold.upstream_account else None,
        since=hold.since,
        code_table=hold.code_table or None,
        code=hold.code or None,
        hold_id=hold.pk,
    )


# Primary key, then the parent's: a message's attempts and events are those of its chunk's ancestors.
ANCESTRY = """
WITH RECURSIVE ancestry AS (
    SELECT id, parent_id FROM messaging_chunk WHERE id = %s
    UNION ALL
    SELECT c.id, c.parent_id FROM messaging_chunk c JOIN ancestry a ON c.id = a.parent_id
) SELECT id FROM ancestry
"""


def ancestry(chunk_id: uuid.UUID | None) -> list[uuid.UUID]:
    """Return a chunk and the chunks it was split from."""
    if chunk_id is None:
        return []
    with connection.cursor() as cursor:
        cursor.execute(ANCESTRY, [chunk_id])
        return [row[0] for row in cursor.fetchall()]


def attempts_of(message: Message) -> list[Attempt]:
    """Return the upstream calls that carried a message, oldest first."""
    attempts = Attempt.objects.filter(chunk_id__in=ancestry(message.chunk_id)).select_related(
        "upstream_account"
    )
    return [attempt for attempt in attempts.order_by("id") if message.pk not in attempt.left_out]


def reports_of(message: Message) -> QuerySet[DeliveryReport]:
    return DeliveryReport.objects.filter(message_id=message.pk).order_by("received_at", "id")


@dataclass(frozen=True)
class Happening:
    """One event as one message saw it. `id` is stable: the event's, and the place in it."""

    id: str
    type: str
    at: datetime
    status: str
    code: str | None
    mid: str | None
    detail: str | None


def happenings(message: Message) -> list[Happening]:
    """Return what happened to a message, oldest first: four look-ups by key, whatever the size of the event table."""
    own = [pk for pk in (message.pk, message.batch_id) if pk]
    reported = reports_of(message).exclude(event_id=None).values_list("event_id", flat=True)
    events = Event.objects.filter(
        Q(pk__in=[*own, *reported]) | Q(chunk_id__in=ancestry(message.chunk_id))
    ).order_by("serial")
    return [happening for event in events for happening in _seen_by(message.pk, event)]


def _seen_by(message_id: uuid.UUID, event: Event) -> Iterable[Happening]:
    for index, member in enumerate(event.message_ids):
        if member == message_id:
            yield expand(event, index)


def expand(event: Event, index: int) -> Happening:
    """Return one member of a set as an item of its own."""
    status = event.statuses[index]
    return Happening(
        id=f"{event.pk}.{index}",
        type=event_type(event.kind, status),
        at=event.at,
        status=status,
        code=event.codes[index] if event.codes else None,
        mid=event.mids[index] if event.mids else None,
        detail=event.detail,
    )


# The primary key serves the count; a batch has at most ten thousand messages.
COUNTS = """
SELECT CASE WHEN m.state = 'queued' AND c.state IN ('submitting', 'held') THEN c.state
            WHEN m.state = 'queued' AND m.send_at > statement_timestamp() THEN 'scheduled'
            ELSE m.state END AS status, count(*)
FROM messaging_message m LEFT JOIN messaging_chunk c ON c.id = m.chunk_id
WHERE m.id BETWEEN %(first)s AND %(last)s AND m.batch_id = %(batch)s GROUP BY 1 ORDER BY 1
"""


def counts_of(batch: Batch) -> dict[str, int]:
    """Return how many messages of a batch are in which status."""
    with connection.cursor() as cursor:
        ends = {"first": batch.first_message_id, "last": batch.last_message_id}
        cursor.execute(COUNTS, {"batch": batch.pk} | ends)
        return dict(cursor.fetchall())


WAITING = frozenset({State.QUEUED.value, Derived.SCHEDULED.value, Derived.HELD.value})


def batch_status(batch: Batch, counts: dict[str, int]) -> str:
    """accepted: nothing has left · sending: some · done: nothing waits any more · cancelled: by request."""
    if batch.cancelled_at:
        return "cancelled"
    waiting = sum(count for status, count in counts.items() if status in WAITING)
    if waiting == batch.accepted:
        return "accepted"
    return "sending" if waiting or counts.get(Derived.SUBMITTING) else "done"


def due_lanes() -> Sequence[str]:
    """Return the lanes in which something is due now. Indexes: chunks_due, singles_due."""
    chunks = Chunk.objects.filter(state=ChunkState.QUEUED, due_at__lte=Now()).values_list(
        "category", flat=True
    )
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT category FROM messaging_queuedsingle WHERE due_at <= statement_timestamp()"
        )
        singles = [row[0] for row in cursor.fetchall()]
    return sorted({*chunks.distinct(), *singles})


def active_accounts() -> QuerySet[UpstreamAccount]:
    return UpstreamAccount.objects.filter(is_active=True).order_by("pk")


@dataclass(frozen=True)
class Backlog:
    """What could be sent now in one lane."""

    category: str
    messages: int
    oldest_seconds: float


# chunks_due and singles_due serve it.
BACKLOG = """
SELECT category, sum(messages)::bigint, extract(epoch FROM statement_timestamp() - min(due_at))::float8 FROM (
    SELECT category, size AS messages, due_at FROM messaging_chunk
    WHERE state = 'queued' AND due_at <= statement_timestamp()
    UNION ALL
    SELECT category, 1, due_at FROM messaging_queuedsingle WHERE due_at <= statement_timestamp()
) due GROUP BY category
"""


def backlog() -> list[Backlog]:
    """Return each lane with what is due in it; an empty lane has zeros."""
    with connection.cursor() as cursor:
        cursor.execute(BACKLOG)
        found = {row[0]: Backlog(*row) for row in cursor.fetchall()}
    return [found.get(lane, Backlog(lane, 0, 0.0)) for lane in Category.values]


def free_connections() -> list[tuple[str, int]]:
    """Return each active account with the calls it could still take."""
    return free_by_account()


def holds_by_cause() -> list[tuple[str, int]]:
    return list(in_force().values_list("cause").annotate(count=Count("pk")))


def balances_of(application: Application) -> list[dict[str, object]]:
    """Return the accounts open to an application, with their last balance in 厘 and what holds them."""
    holds = list(in_force().filter(upstream_account__isnull=False).select_related("upstream_account"))
    return [
        {
            "name": account.name,
            "balance": account.balance,
            "unit": "0.001 CNY",
            "charge_type": account.charge_type or None,
            "read_at": account.balance_read_at,
            "holds": [because(hold) for hold in holds if hold.upstream_account_id == account.pk],
        }
        for account in accounts_of_caller(application)
    ]


def balance_of_caller(application: Application) -> dict[str, object] | None:
    """Return what an application has at this moment, in 厘, and on what terms; None where it is not charged."""
    purse = purse_now(application)
    if purse is None:
        return None
    return {
        "balance": purse.balance,
        "unit": "0.001 CNY",
        "charge_type": purse.charge_type,
        "credit_line": purse.credit_line if purse.charge_type == purse.ChargeType.POSTCHARGE else None,
        "price_per_part": purse.price_per_part,
    }


def alarms_by_name() -> list[tuple[str, int]]:
    """Return how many alarms of each name are in force. Index: one_alarm_in_force."""
    sounding = Alarm.objects.filter(ended_at__isnull=True)
    return list(sounding.values_list("name").annotate(count=Count("pk")))
