"""After a worker died: what it had only prepared is due again, what it may have sent is unknown."""

import uuid

import structlog
from django.db import transaction
from django.db.models.functions import Now

from messaging import alarming
from messaging.lifecycle import Change, move, tell
from messaging.models import Attempt, Chunk, Message
from messaging.splitting import halves, replace
from messaging.states import AttemptState, ChunkState, Derived, EventKind, State

log = structlog.get_logger(__name__)

AT_A_TIME = 50
MOST_CLAIMS = 5
LIVE = (AttemptState.PREPARED, AttemptState.IN_FLIGHT)


def recover() -> int:
    """Settle attempts whose lease ended; return how many. Two sweepers are harmless."""
    count = 0
    while count < AT_A_TIME and _recover_one():
        count += 1
    return count


@transaction.atomic
def _recover_one() -> bool:
    """The chunk is locked first, then its attempt: the order in which a late answer locks them."""
    chunk = (
        Chunk.objects.filter(attempts__state__in=LIVE, attempts__lease_until__lte=Now())
        .select_for_update(skip_locked=True, of=("self",))
        .first()
    )
    if chunk is None:
        return False
    attempt = Attempt.objects.select_for_update(of=("self",)).get(chunk=chunk, state__in=LIVE)
    members = [pk for pk in chunk.members if pk not in attempt.left_out]
    if attempt.state == AttemptState.PREPARED:
        _make_due_again(chunk, attempt, members)
    else:
        _make_unknown(chunk, attempt, members)
    log.warning("attempt_recovered", attempt=str(attempt.pk), was=attempt.state, size=len(members))
    return True


def _make_due_again(chunk: Chunk, attempt: Attempt, members: list[uuid.UUID]) -> None:
    """Only prepared: nothing has left. A chunk that kills its workers again and again is taken apart, then held."""
    _end(attempt, AttemptState.NOT_SENT)
    if chunk.claims < MOST_CLAIMS:
        Chunk.objects.filter(pk=chunk.pk).update(state=ChunkState.QUEUED, due_at=Now())
        status = State.QUEUED.value
    elif len(members) > 1:
        replace(chunk, halves(members), claims=MOST_CLAIMS - 1)
        status = State.QUEUED.value
    else:
        Chunk.objects.filter(pk=chunk.pk).update(state=ChunkState.HELD)
        status = Derived.HELD.value
        alarming.sound(
            "message_kills_workers",
            str(members[0]),
            detail=f"{chunk.claims} workers died before they could send this message. It is held.",
            next_step="Look at the workers' logs of that time, then release or cancel the message.",
        )
    tell(chunk.application_id, members, EventKind.REQUEUED, status, chunk_id=chunk.pk, detail="worker_lost")


def release(chunk_id: uuid.UUID) -> bool:
    """Let a held chunk go again because a person says so; return False when it is not held."""
    with transaction.atomic():
        chunk = Chunk.objects.select_for_update().filter(pk=chunk_id, state=ChunkState.HELD).first()
        if chunk is None:
            return False
        Chunk.objects.filter(pk=chunk.pk).update(state=ChunkState.QUEUED, due_at=Now(), claims=0)
        waiting = Message.objects.filter(pk__in=chunk.members, state=State.QUEUED, chunk_id=chunk.pk)
        tell(
            chunk.application_id,
            list(waiting.values_list("pk", flat=True)),
            EventKind.REQUEUED,
            State.QUEUED,
            chunk_id=chunk.pk,
            detail="released",
        )
    for member in chunk.members:
        alarming.silence("message_kills_workers", str(member))
    return True


def _make_unknown(chunk: Chunk, attempt: Attempt, members: list[uuid.UUID]) -> None:
    """It was in flight: it may have been sent, and is never sent again by itself."""
    _end(attempt, AttemptState.UNKNOWN)
    Chunk.objects.filter(pk=chunk.pk).update(state=ChunkState.DONE)
    changes = [
        Change(pk, State.UNKNOWN, certain=False, upstream_account_id=attempt.upstream_account_id)
        for pk in members
    ]
    move(changes, EventKind.ANSWERED, chunk_id=chunk.pk, detail="worker_lost")


def _end(attempt: Attempt, state: AttemptState) -> None:
    Attempt.objects.filter(pk=attempt.pk).update(state=state, ended_at=Now(), reason="worker_lost")
