"""After a worker died: what it had only prepared is due again, what it may have sent is unknown."""

import structlog
from django.db import transaction
from django.db.models.functions import Now

from messaging.lifecycle import Change, move, tell
from messaging.models import Attempt, Chunk
from messaging.states import AttemptState, ChunkState, EventKind, State

log = structlog.get_logger(__name__)

AT_A_TIME = 50


def recover() -> int:
    """Settle attempts whose lease ended; return how many. Two sweepers are harmless."""
    count = 0
    while count < AT_A_TIME and _recover_one():
        count += 1
    return count


@transaction.atomic
def _recover_one() -> bool:
    attempt = (
        Attempt.objects.filter(
            state__in=(AttemptState.PREPARED, AttemptState.IN_FLIGHT), lease_until__lte=Now()
        )
        .select_for_update(skip_locked=True)
        .first()
    )
    if attempt is None:
        return False
    chunk = Chunk.objects.select_for_update().get(pk=attempt.chunk_id)
    members = [pk for pk in chunk.members if pk not in attempt.left_out]
    if attempt.state == AttemptState.PREPARED:
        _end(attempt, AttemptState.NOT_SENT)
        Chunk.objects.filter(pk=chunk.pk).update(state=ChunkState.QUEUED, due_at=Now())
        tell(
            chunk.application_id,
            members,
            EventKind.REQUEUED,
            State.QUEUED,
            chunk_id=chunk.pk,
            detail="worker_lost",
        )
    else:
        _end(attempt, AttemptState.UNKNOWN)
        Chunk.objects.filter(pk=chunk.pk).update(state=ChunkState.DONE)
        changes = [
            Change(pk, State.UNKNOWN, certain=False, upstream_account_id=attempt.upstream_account_id)
            for pk in members
        ]
        move(changes, EventKind.ANSWERED, chunk_id=chunk.pk, detail="worker_lost")
    log.warning("attempt_recovered", attempt=str(attempt.pk), was=attempt.state, size=len(members))
    return True


def _end(attempt: Attempt, state: AttemptState) -> None:
    Attempt.objects.filter(pk=attempt.pk).update(state=state, ended_at=Now(), reason="worker_lost")
