"""Lists of messages, newest first, narrowed by what somebody asks for; which index leads to each."""

import uuid
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Func, Q, QuerySet, Sum, UUIDField
from django.db.models.functions import Now

from accounts.models import Application
from messaging.ids import first_id
from messaging.models import Batch, Chunk, Message, QueuedSingle
from messaging.selectors import messages_in, with_status
from messaging.states import ChunkState, Derived, State

NOBODY = 0  # no application's key
NEWEST_OF_APPLICATION = ("-application_id", "-pk")


def only_of(application_id: int, messages: QuerySet[Message]) -> QuerySet[Message]:
    """Narrow to one application's, to be ordered by NEWEST_OF_APPLICATION. Index: messages_of_application.

    If the planner were told of one application, the primary key would be in the right order too, and it may prefer to
    walk that and throw away what is others': a million rows, if they have sent so many since.
    """
    return messages.filter(application_id__in=(application_id, NOBODY))


def newest_of(application: Application) -> QuerySet[Message]:
    """The caller's messages, newest first, with status. Index: messages_of_application."""
    messages = only_of(application.pk, Message.objects.select_related("application"))
    return with_status(messages).order_by(*NEWEST_OF_APPLICATION)


# A message's id is made by the web's clock, its `created_at` by the database's.
CLOCKS_DIFFER = timedelta(hours=1)

# What waits or is being submitted is found by its chunk, or by its place in the queue. Indexes: chunks_due, singles_due
# (both whole, since what waits is little), chunks_taken; then the primary key.
CHUNK_STATES: dict[str, ChunkState] = {
    State.QUEUED: ChunkState.QUEUED,
    Derived.SCHEDULED: ChunkState.QUEUED,
    Derived.SUBMITTING: ChunkState.SUBMITTING,
    Derived.HELD: ChunkState.HELD,
}
MANY = 5000  # of a backlog's messages the newest are found faster by looking back


def in_status(messages: QuerySet[Message], status: str) -> QuerySet[Message]:
    """Narrow messages that are `with_status` to one status."""
    if status not in CHUNK_STATES:
        return messages.filter(state=status)
    messages = messages.filter(Q(status=status), state=State.QUEUED)
    return messages if is_looked_for(status) else messages.filter(pk__in=_members(status))


def is_looked_for(status: str) -> bool:
    """Return whether no index leads to the messages of a status, or to too many."""
    return status not in CHUNK_STATES or (status == State.QUEUED and _many_wait())


def _many_wait() -> bool:
    in_chunks = Chunk.objects.filter(state=ChunkState.QUEUED).aggregate(messages=Sum("size"))["messages"]
    return (in_chunks or 0) + QueuedSingle.objects.all()[: MANY + 1].count() > MANY


def _members(status: str) -> QuerySet[Any, Any]:
    chunks = Chunk.objects.filter(state=CHUNK_STATES[status])
    singles = QueuedSingle.objects.all()
    if status == Derived.SCHEDULED:
        chunks, singles = chunks.filter(due_at__gt=Now()), singles.filter(due_at__gt=Now())
    members = chunks.values_list(Func("members", function="unnest", output_field=UUIDField()), flat=True)
    if CHUNK_STATES[status] != ChunkState.QUEUED:
        return members
    return members.union(singles.values_list("message_id", flat=True), all=True)


def filter_messages(
    messages: QuerySet[Message],
    *,
    status: str | None,
    mobile: str | None,
    reference: str | None,
    batch: uuid.UUID | None,
    created_after: datetime | None,
    created_before: datetime | None,
) -> QuerySet[Message]:
    """Narrow a list of messages. Indexes: messages_of_mobile, messages_of_reference, the primary key for a batch.

    What `is_looked_for` is to be read by `looking_back`.
    """
    if batch:
        found = Batch.objects.filter(pk=batch).first()
        messages = messages_in(found, messages) if found else messages.none()
    wanted = {
        "mobile": mobile,
        "reference": reference,
        "created_at__gte": created_after,
        "created_at__lt": created_before,
        "pk__gte": created_after and first_id(created_after - CLOCKS_DIFFER),
        "pk__lt": created_before and first_id(created_before + CLOCKS_DIFFER),
    }
    messages = messages.filter(**{name: value for name, value in wanted.items() if value is not None})
    return in_status(messages, status) if status else messages
