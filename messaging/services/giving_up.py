"""Giving up: what no report and no answer has settled in time gets a final state. Late evidence is still applied."""

import uuid
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from django.conf import settings
from django.db import connection, transaction
from django.db.models.functions import Now

from messaging.lifecycle import Change, move
from messaging.models import Chunk
from messaging.states import EventKind, State

AT_A_TIME = 200  # chunks in one transaction
MOST_PAGES = 50  # so at most 10,000 chunks in one run
SECONDS_AN_HOUR = 3600


@dataclass(frozen=True)
class _Quiet:
    """A finished chunk about which nothing was heard for long. Times are aware."""

    id: uuid.UUID
    created_at: datetime
    since: datetime


# A chunk is quiet since its last call that may have been taken; without such a call (after a restored backup, say)
# since its last event. chunks_to_sweep serves the search and its order, so what can't be swept yet is passed by.
QUIET = """
SELECT c.id, c.created_at, quiet.since
FROM messaging_chunk c
CROSS JOIN LATERAL (SELECT coalesce(
    (SELECT max(t.called_at) FROM messaging_attempt t WHERE t.chunk_id = c.id AND t.state <> 'not_sent'),
    (SELECT max(e.at) FROM messaging_event e WHERE e.chunk_id = c.id),
    c.created_at
) AS since) quiet
WHERE c.state = 'done' AND c.swept_at IS NULL
  AND c.created_at <= statement_timestamp() - make_interval(secs => %(seconds)s)
  AND quiet.since <= statement_timestamp() - make_interval(secs => %(seconds)s)
  AND (c.created_at, c.id) > (%(after)s, %(after_id)s)
ORDER BY c.created_at, c.id LIMIT %(limit)s FOR UPDATE OF c SKIP LOCKED
"""


@dataclass(frozen=True)
class _Open:
    """A member that still awaits its report or its answer."""

    id: uuid.UUID
    chunk_id: uuid.UUID
    state: str
    code_table: str | None
    code: str | None
    certain: bool
    overdue: bool


# Primary key on both joins. A member that moved on to a child chunk is the child's business.
OPEN = """
SELECT m.id, m.chunk_id, m.state, m.code_table, m.code, m.certain,
       CASE m.state WHEN 'submitted' THEN m.submitted_at <= statement_timestamp() - make_interval(secs => %(no_report)s)
                    ELSE q.since <= statement_timestamp() - make_interval(secs => %(unresolved)s) END
FROM unnest(%(ids)s::uuid[], %(since)s::timestamptz[]) AS q (id, since)
JOIN messaging_chunk c ON c.id = q.id
CROSS JOIN LATERAL unnest(c.members) AS member (id)
JOIN messaging_message m ON m.id = member.id AND m.chunk_id = c.id
WHERE m.state IN ('submitted', 'unknown')
"""


def give_up_overdue() -> int:
    """Give up what waited too long; return how many messages.

    `submitted` becomes `no_report` NO_REPORT_AFTER_HOURS after it was submitted, `unknown` becomes `unresolved`
    UNRESOLVED_AFTER_HOURS after its call. Two sweepers are harmless, and one killed midway has lost nothing.
    """
    total = 0
    last: _Quiet | None = None
    for _page in range(MOST_PAGES):
        last, given_up = _sweep_page(last)
        total += given_up
        if last is None:
            break
    return total


@transaction.atomic
def _sweep_page(after: _Quiet | None) -> tuple[_Quiet | None, int]:
    """Sweep the chunks behind `after`; return the last one, None at the end, and how many messages were given up."""
    chunks = _quiet_chunks(after)
    if not chunks:
        return None, 0
    members: dict[uuid.UUID, list[_Open]] = defaultdict(list)
    for member in _open_members(chunks):
        members[member.chunk_id].append(member)
    left = {chunk_id: _give_up(chunk_id, waiting) for chunk_id, waiting in members.items()}
    swept = [chunk.id for chunk in chunks if not left.get(chunk.id)]
    Chunk.objects.filter(pk__in=swept).update(swept_at=Now())
    return chunks[-1], sum(len(waiting) for waiting in members.values()) - sum(left.values())


def _quiet_chunks(after: _Quiet | None) -> list[_Quiet]:
    hours = min(settings.NO_REPORT_AFTER_HOURS, settings.UNRESOLVED_AFTER_HOURS)
    columns = {
        "after": after.created_at if after else datetime(1970, 1, 1, tzinfo=UTC),
        "after_id": after.id if after else uuid.UUID(int=0),
        "seconds": hours * SECONDS_AN_HOUR,
        "limit": AT_A_TIME,
    }
    with connection.cursor() as cursor:
        cursor.execute(QUIET, columns)
        return [_Quiet(*row) for row in cursor.fetchall()]


def _open_members(chunks: Sequence[_Quiet]) -> list[_Open]:
    columns = {
        "ids": [chunk.id for chunk in chunks],
        "since": [chunk.since for chunk in chunks],
        "no_report": settings.NO_REPORT_AFTER_HOURS * SECONDS_AN_HOUR,
        "unresolved": settings.UNRESOLVED_AFTER_HOURS * SECONDS_AN_HOUR,
    }
    with connection.cursor() as cursor:
        cursor.execute(OPEN, columns)
        return [_Open(*row) for row in cursor.fetchall()]


def _give_up(chunk_id: uuid.UUID, waiting: Sequence[_Open]) -> int:
    """Move the overdue members of a locked chunk; return how many members may still be open."""
    moved = move(
        [_change(member) for member in waiting if member.overdue], EventKind.GIVEN_UP, chunk_id=chunk_id
    )
    return len(waiting) - moved


def _change(member: _Open) -> Change:
    """What was known of it stays."""
    state = State.NO_REPORT if member.state == State.SUBMITTED else State.UNRESOLVED
    return Change(member.id, state, code_table=member.code_table, code=member.code, certain=member.certain)
