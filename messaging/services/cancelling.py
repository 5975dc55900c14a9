"""Cancel: what waits is never sent, what may have left is never called cancelled.

Whoever cancels locks the chunk first, as claim, expiry and split do; a single that waits is owned by whoever deletes
its row of the queue. A batch stays cancelled: what comes back from a call that took nothing goes no more.
"""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

import structlog
from django.db import connection, transaction
from django.db.models.functions import Coalesce, Now
from django.utils.translation import gettext as _

from accounts.models import Application
from messaging import alarming, selectors
from messaging.cancellation import cancel_chunks, cancel_members
from messaging.exceptions import NotFound, Refused
from messaging.models import Batch, Chunk, Message, QueuedSingle
from messaging.singles import take_out
from messaging.states import ChunkState, State

log = structlog.get_logger(__name__)

WAITING_CHUNKS = (ChunkState.QUEUED, ChunkState.HELD)
NEVER_LEFT = frozenset({State.CANCELLED.value, State.EXPIRED.value})


@transaction.atomic
def cancel_message(message_id: uuid.UUID, application: Application, by: str) -> None:
    """Cancel a message that waits; one that is cancelled stays so. `by` says in the history who asked.

    Raises `NotFound` for somebody else's, and `Refused` for one that left or may have, saying why.
    """
    if not Message.objects.filter(pk=message_id, application=application).exists():
        raise NotFound(_("There is no such thing here, or it is not yours."))
    single = QueuedSingle.objects.select_for_update().filter(pk=message_id).first()
    if single is not None:
        take_out(single)
        cancel_members([message_id], detail=f"by {by}")
    else:
        _cancel_in_chunk(message_id, by)


def _cancel_in_chunk(message_id: uuid.UUID, by: str) -> None:
    chunk = _lock_chunk_of(message_id)
    if chunk is None:
        return
    _refuse_what_is_under_way(chunk)
    cancel_members([message_id], detail=f"by {by}")
    if not Message.objects.filter(pk__in=chunk.members, state=State.QUEUED, chunk_id=chunk.pk).exists():
        Chunk.objects.filter(pk=chunk.pk).update(state=ChunkState.DONE, parked=False)
    if chunk.state == ChunkState.HELD:
        alarming.silence("message_kills_workers", str(message_id))


def _lock_chunk_of(message_id: uuid.UUID) -> Chunk | None:
    """Lock the chunk a waiting message is in; a split that was quicker has put it into another. None: it is cancelled.

    Primary keys. Raises `Refused` for one that waits no more: nothing ever waits again that once did not.
    """
    chunk = None
    while True:
        message = Message.objects.get(pk=message_id)
        if message.state == State.CANCELLED:
            return None
        if message.state != State.QUEUED:
            raise Refused("not_cancellable", _too_late(message.state), retry="never")
        if chunk is not None and chunk.pk == message.chunk_id:
            return chunk
        chunk = Chunk.objects.select_for_update().get(pk=cast("uuid.UUID", message.chunk_id))


def _refuse_what_is_under_way(chunk: Chunk) -> None:
    if chunk.state not in WAITING_CHUNKS:
        text = _(
            "It is being submitted at this moment, and the gateway may have it already. Ask again in some seconds: "
            "when nothing was taken it waits again, and can be cancelled."
        )
        raise Refused("not_cancellable", text, retry="later")
    if chunk.suspect:
        text = _(
            "The gateway answered with an internal error and may have sent it all the same. Reports are awaited for "
            "half a minute; ask again then."
        )
        raise Refused("not_cancellable", text, retry="later")


def _too_late(state: str) -> str:
    if state == State.EXPIRED:
        return _("It has expired: it was not sent and will not be.")
    if state == State.REJECTED:
        return _("It was handed to the gateway, which refused it; nothing of it waits any more.")
    if state in (State.UNKNOWN, State.UNRESOLVED):
        return _(
            "It may have been sent, and nobody knows: the gateway's answer was lost. It can't be called back."
        )
    return _("The gateway has taken it: it is %(state)s, and can't be called back.") % {"state": state}


@dataclass(frozen=True)
class Cancellation:
    """What became of a batch at its cancel: what is cancelled, and what the gateway had or may have had by then.

    `by_status` has the latter by status. What is `queued` there answered with an internal error or has just come back
    from a call: once that is settled it is cancelled too. `counts` is the whole batch.
    """

    batch: Batch
    counts: Mapping[str, int]

    @property
    def cancelled(self) -> int:
        return self.counts.get(State.CANCELLED, 0)

    @property
    def by_status(self) -> dict[str, int]:
        return {status: count for status, count in self.counts.items() if status not in NEVER_LEFT}

    @property
    def already_gone(self) -> int:
        return sum(self.by_status.values())


def cancel_batch(batch_id: uuid.UUID, application: Application, by: str) -> Cancellation:
    """Cancel what waits of a batch, and what will wait again; may be repeated. Raises `NotFound`.

    The wish is committed first, so that no claim sends anything from then on. Then each transaction locks what it can
    have at once, or one chunk: holding some while it waits for others, it could wait for whoever waits for these.
    """
    mine = Batch.objects.filter(pk=batch_id, application=application)
    if not mine.update(cancelled_at=Coalesce("cancelled_at", Now())):
        raise NotFound(_("There is no such thing here, or it is not yours."))
    batch = mine.get()
    cancelled = _cancel_free(batch, f"with its batch, by {by}")
    while left := _waiting(batch):
        cancelled += sum(_cancel_one(batch, chunk_id, f"with its batch, by {by}") for chunk_id in left)
    log.info("batch_cancelled", batch=str(batch.pk), cancelled=cancelled)
    return Cancellation(batch, selectors.counts_of(batch))


# The index of the foreign key to the batch serves both.
WAITING = """
SELECT id, CASE WHEN state = 'held' THEN members ELSE '{}' END FROM messaging_chunk
WHERE batch_id = %(batch)s AND state IN ('queued', 'held') AND NOT suspect
"""
FREE = f"{WAITING} FOR UPDATE SKIP LOCKED"
ONE = f"{WAITING} AND id = %(chunk)s FOR UPDATE"


def _waiting(batch: Batch) -> list[uuid.UUID]:
    with connection.cursor() as cursor:
        cursor.execute(WAITING, {"batch": batch.pk})
        return [row[0] for row in cursor.fetchall()]


def _cancel_free(batch: Batch, detail: str) -> int:
    return _cancel(batch, FREE, {"batch": batch.pk}, detail)


def _cancel_one(batch: Batch, chunk_id: uuid.UUID, detail: str) -> int:
    return _cancel(batch, ONE, {"batch": batch.pk, "chunk": chunk_id}, detail)


@transaction.atomic
def _cancel(batch: Batch, lock: str, given: Mapping[str, uuid.UUID], detail: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(lock, given)
        locked = cursor.fetchall()
    if not locked:
        return 0
    chunk_ids = [row[0] for row in locked]
    moved = cancel_chunks(chunk_ids, batch.first_message_id, batch.last_message_id, detail=detail)
    for _chunk, held in locked:
        for member in held:
            alarming.silence("message_kills_workers", str(member))
    return moved
