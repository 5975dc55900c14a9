"""Deadlines: what was not sent by its `expires_at` never is."""

from django.db import transaction
from django.db.models import Min
from django.db.models.functions import Now

from messaging.lifecycle import Change, move
from messaging.models import Chunk, Message, QueuedSingle
from messaging.singles import take_out
from messaging.states import ChunkState, EventKind, State

AT_A_TIME = 200


def expire_due() -> int:
    """Expire what is past its deadline and still waits; return how many messages."""
    return _expire_singles() + _expire_chunks()


@transaction.atomic
def _expire_singles() -> int:
    """Index: singles_expiring."""
    late = QueuedSingle.objects.filter(expires_at__lte=Now()).select_for_update(skip_locked=True)
    expired = 0
    for single in list(late[:AT_A_TIME]):
        chunk_id = take_out(single)
        expired += move([Change(single.message_id, State.EXPIRED)], EventKind.EXPIRED, chunk_id=chunk_id)
    return expired


@transaction.atomic
def _expire_chunks() -> int:
    """A chunk of singles may hold members with later deadlines: they stay. Index: chunks_expiring."""
    late = Chunk.objects.filter(state=ChunkState.QUEUED, expires_at__lte=Now())
    expired = 0
    for chunk in late.select_for_update(skip_locked=True)[:AT_A_TIME]:
        waiting = Message.objects.filter(pk__in=chunk.members, state=State.QUEUED)
        gone = list(waiting.filter(expires_at__lte=Now()).values_list("pk", flat=True))
        expired += move([Change(pk, State.EXPIRED) for pk in gone], EventKind.EXPIRED, chunk_id=chunk.pk)
        staying = waiting.exclude(pk__in=gone)
        state = ChunkState.QUEUED if staying.exists() else ChunkState.DONE
        next_deadline = staying.aggregate(next=Min("expires_at"))["next"]
        Chunk.objects.filter(pk=chunk.pk).update(state=state, expires_at=next_deadline)
    return expired
