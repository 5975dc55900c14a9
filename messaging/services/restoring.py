"""After a restored backup: the database believes that messages wait which its lost future has sent.

So everything is held first, and what waited when the backup was taken becomes `unknown`: it may have been sent since,
and nobody can be asked. Only what was provably not due yet stays queued. Readers of the feeds may stand at places of
that future, so what comes now gets places far behind them. To be done before workers start.
"""

import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

import structlog
from django.db import connection, transaction
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from messaging import feed, holding
from messaging.exceptions import Invalid
from messaging.holding import Reason
from messaging.lifecycle import Change, move, put_into_chunk
from messaging.models import Attempt, Chunk, Hold, Message, new_id
from messaging.models.submission import Mode
from messaging.states import AttemptState, ChunkState, EventKind, State

log = structlog.get_logger(__name__)

WHY = "restored"
AT_A_TIME = 500  # singles, or chunks, between two signs of progress; each is a transaction of its own
LIVE = (AttemptState.PREPARED, AttemptState.IN_FLIGHT)


@dataclass(frozen=True)
class StillQueued:
    """Messages that stay queued: those to be sent later than now, and those that the backup can't have held."""

    scheduled: int
    younger: int


def hold_everything(backup_time: datetime) -> bool:
    """Hold everything until a person releases it; return False when everything was held already.

    Raises `Invalid` for a time that the database's clock has not reached.
    """
    if _is_future(backup_time):
        raise Invalid("backup_time", _("The backup can't have been taken later than now."))
    feed.leap()
    reason = Reason(Hold.Cause.RESTORED, detail=f"backup of {backup_time.isoformat()}")
    return holding.place(None, reason, probe_after=None, scope=Hold.Scope.EVERYTHING)


def _is_future(moment: datetime) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT %s > statement_timestamp()", [moment])
        return bool(cursor.fetchone()[0])


def mark_unknown(backup_time: datetime) -> Iterator[int]:
    """Make unknown what waited at that time; yield after each committed step how many messages it was.

    Run again, it goes on where it was ended; what was done stays done.
    """
    for singles in _slices_of_singles(backup_time):
        yield _settle_singles(singles)
    chunks = list(Chunk.objects.exclude(state=ChunkState.DONE).order_by("id").values_list("pk", flat=True))
    for start in range(0, len(chunks), AT_A_TIME):
        yield sum(_settle_chunk(pk, backup_time) for pk in chunks[start : start + AT_A_TIME])


@dataclass(frozen=True)
class _Single:
    message_id: uuid.UUID
    application_id: int
    category: str
    extno: str | None


# Once after a restore: every queued single is read, its message by primary key.
SINGLES = """
SELECT q.message_id, q.application_id, q.category, q.extno
FROM messaging_queuedsingle q JOIN messaging_message m ON m.id = q.message_id
WHERE m.created_at < %s AND (m.send_at IS NULL OR m.send_at <= statement_timestamp())
ORDER BY q.application_id, q.category, q.extno, q.message_id
"""

# Whoever deletes the row owns the message, as at a claim.
TAKE = "DELETE FROM messaging_queuedsingle WHERE message_id = ANY(%s) RETURNING message_id"


def _slices_of_singles(backup_time: datetime) -> Iterator[list[_Single]]:
    """Cut into what one chunk can hold: one application, category and extno."""
    with connection.cursor() as cursor:
        cursor.execute(SINGLES, [backup_time])
        singles = [_Single(*row) for row in cursor.fetchall()]
    for _alike, group in groupby(singles, key=lambda s: (s.application_id, s.category, s.extno)):
        members = list(group)
        yield from (members[start : start + AT_A_TIME] for start in range(0, len(members), AT_A_TIME))


@transaction.atomic
def _settle_singles(singles: Sequence[_Single]) -> int:
    """Give them a finished chunk: their history is found by it, and they are given up with it."""
    with connection.cursor() as cursor:
        cursor.execute(TAKE, [[single.message_id for single in singles]])
        members = sorted(row[0] for row in cursor.fetchall())
    if not members:
        return 0
    first = singles[0]
    chunk = Chunk.objects.create(
        id=new_id(), application_id=first.application_id, category=first.category, extno=first.extno,
        mode=Mode.SEND, members=members, size=len(members), state=ChunkState.DONE,
    )  # fmt: skip
    put_into_chunk(members, chunk.pk)
    return _lose_sight(chunk, members, None)


@transaction.atomic
def _settle_chunk(chunk_id: uuid.UUID, backup_time: datetime) -> int:
    chunk = Chunk.objects.select_for_update().get(pk=chunk_id)
    waiting = Message.objects.filter(pk__in=chunk.members, chunk_id=chunk.pk, state=State.QUEUED)
    of_that_time = waiting.filter(Q(send_at=None) | Q(send_at__lte=Now()), created_at__lt=backup_time)
    members = list(of_that_time.order_by("pk").values_list("pk", flat=True))
    if not members:
        return 0
    attempt = Attempt.objects.filter(chunk=chunk, state__in=LIVE).first()
    lost = _lose_sight(chunk, members, attempt.upstream_account_id if attempt else None)
    Attempt.objects.filter(chunk=chunk, state__in=LIVE).update(
        state=AttemptState.UNKNOWN, ended_at=Now(), reason=WHY
    )
    if not waiting.exists():
        Chunk.objects.filter(pk=chunk.pk).update(state=ChunkState.DONE, suspect=False)
    elif chunk.state == ChunkState.SUBMITTING:
        Chunk.objects.filter(pk=chunk.pk).update(state=ChunkState.QUEUED)
    return lost


def _lose_sight(chunk: Chunk, members: Sequence[uuid.UUID], account_id: int | None) -> int:
    changes = [Change(pk, State.UNKNOWN, certain=False, upstream_account_id=account_id) for pk in members]
    moved = move(changes, EventKind.RESTORED, chunk_id=chunk.pk, detail=WHY)
    log.warning("restored_unknown", chunk=str(chunk.pk), size=moved)
    return moved


STILL_QUEUED = """
SELECT count(*) FILTER (WHERE m.send_at > statement_timestamp()),
       count(*) FILTER (WHERE m.created_at >= %s AND m.send_at > statement_timestamp() IS NOT TRUE)
FROM (
    SELECT message_id AS id FROM messaging_queuedsingle
    UNION ALL SELECT unnest(members) FROM messaging_chunk WHERE state <> 'done'
) waiting JOIN messaging_message m ON m.id = waiting.id
WHERE m.state = 'queued'
"""


def still_queued(backup_time: datetime) -> StillQueued:
    """Return what stayed queued, and why."""
    with connection.cursor() as cursor:
        cursor.execute(STILL_QUEUED, [backup_time])
        return StillQueued(*cursor.fetchone())
