"""STATUS 5 and 100: a refusal worded like an outage, or an outage worded like a refusal (FAULTS section 1).

The members of such a call wait half a minute for stray reports. A report for any of them makes the whole call unknown.
Otherwise the chunk is split, by carrier first, and tried again, marked as a possible duplicate; a lone number is
rejected only while the account takes other calls. When it takes none, the carrier on that account is held: an outage
must not turn into five hundred rejections.
"""

import uuid
from collections import defaultdict
from collections.abc import Sequence
from datetime import timedelta

from django.db import connection
from django.db.models.functions import Now

from messaging import holding
from messaging.distrust import distrust
from messaging.holding import Reason, Scope
from messaging.lifecycle import Change, mark_possible_duplicate, move, tell
from messaging.models import Attempt, Chunk, Hold, Message
from messaging.numbers import carrier
from messaging.splitting import halves, replace
from messaging.states import AttemptState, ChunkState, EventKind, State
from messaging.vendor.codes import Table

WAIT_FOR_STRAYS_SECONDS = 30
TAKES_OTHERS_SECONDS = 60
FIRST_TRIAL_SECONDS = 60


def suspect(chunk: Chunk) -> None:
    """Let the members of a locked chunk wait for stray reports."""
    Chunk.objects.filter(pk=chunk.pk, state=ChunkState.SUBMITTING).update(
        state=ChunkState.QUEUED,
        suspect=True,
        due_at=Now() + timedelta(seconds=WAIT_FOR_STRAYS_SECONDS),
        claims=0,
    )


def settle_suspect(chunk: Chunk) -> None:
    """Decide about a locked chunk whose wait is over."""
    attempt = Attempt.objects.filter(chunk=chunk, state=AttemptState.REFUSED).order_by("-prepared_at")[0]
    members = dict(
        Message.objects.filter(pk__in=chunk.members, state=State.QUEUED)
        .order_by("pk")
        .values_list("pk", "mobile")
    )
    ids = list(members)
    if not ids:
        Chunk.objects.filter(pk=chunk.pk).update(state=ChunkState.DONE, suspect=False)
        return
    if _strays(attempt, list(members.values())):
        _give_up(chunk, attempt, ids)
        return
    mark_possible_duplicate(ids)
    carriers = _by_carrier(members)
    if len(carriers) > 1:
        _split(chunk, list(carriers.values()))
    elif not _takes_others(attempt):
        _hold(chunk, attempt, next(iter(carriers), ""))
    elif len(ids) > 1:
        _split(chunk, halves(ids))
    else:
        _reject(chunk, attempt, ids)


# reports_on_the_shelf serves it.
STRAYS = """
SELECT EXISTS (SELECT FROM messaging_deliveryreport r
    WHERE r.message_id IS NULL AND r.upstream_account_id = %s AND r.received_at >= %s AND r.mobile = ANY(%s))
"""


def _strays(attempt: Attempt, mobiles: list[str]) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(STRAYS, [attempt.upstream_account_id, attempt.called_at, mobiles])
        return bool(cursor.fetchone()[0])


def _give_up(chunk: Chunk, attempt: Attempt, ids: list[uuid.UUID]) -> None:
    """It refused, and yet it sent: never take its word again."""
    changes = [
        Change(pk, State.UNKNOWN, certain=False, upstream_account_id=attempt.upstream_account_id)
        for pk in ids
    ]
    move(changes, EventKind.ANSWERED, chunk_id=chunk.pk, detail="reported_after_refusal")
    Chunk.objects.filter(pk=chunk.pk).update(state=ChunkState.DONE, suspect=False)
    distrust(attempt.upstream_account_id)


def _by_carrier(members: dict[uuid.UUID, str]) -> dict[str, list[uuid.UUID]]:
    groups: dict[str, list[uuid.UUID]] = defaultdict(list)
    for pk, mobile in members.items():
        groups[carrier(mobile)].append(pk)
    return groups


def _split(chunk: Chunk, groups: Sequence[Sequence[uuid.UUID]]) -> None:
    Chunk.objects.filter(pk=chunk.pk).update(suspect=False)
    replace(chunk, groups)
    members = [pk for group in groups for pk in group]
    tell(chunk.application_id, members, EventKind.REQUEUED, State.QUEUED, chunk_id=chunk.pk, detail="split")


# attempts_of_account serves it.
def _takes_others(attempt: Attempt) -> bool:
    """Whether another call on that account succeeded within the minute around the refusal."""
    margin = timedelta(seconds=TAKES_OTHERS_SECONDS)
    return (
        Attempt.objects.filter(
            upstream_account_id=attempt.upstream_account_id,
            prepared_at__gte=attempt.prepared_at - margin,
            prepared_at__lte=attempt.prepared_at + margin,
            state=AttemptState.ANSWERED,
        )
        .exclude(pk=attempt.pk)
        .exists()
    )


def _hold(chunk: Chunk, attempt: Attempt, name: str) -> None:
    reason = Reason(Hold.Cause.INTERNAL_ERROR, code_table=Table.STATUS, code=attempt.code or "")
    holding.place(
        attempt.upstream_account_id, reason, probe_after=FIRST_TRIAL_SECONDS, scope=Scope.CARRIER, value=name
    )
    Chunk.objects.filter(pk=chunk.pk).update(suspect=False)


def _reject(chunk: Chunk, attempt: Attempt, ids: list[uuid.UUID]) -> None:
    changes = [
        Change(
            pk, State.REJECTED, code_table=Table.STATUS, code=attempt.code,
            upstream_account_id=attempt.upstream_account_id,
        )
        for pk in ids
    ]  # fmt: skip
    move(changes, EventKind.ANSWERED, chunk_id=chunk.pk)
    Chunk.objects.filter(pk=chunk.pk).update(state=ChunkState.DONE, suspect=False)
