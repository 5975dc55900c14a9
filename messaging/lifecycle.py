"""The only writers of `Message.state`: on sets, by compare-and-set, each move with its event.

Losing the race is a normal answer: what did not move is simply not among the moved.
"""

import uuid
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection

from messaging.models import Event, Message, new_id
from messaging.states import ALLOWED, FINAL, EventKind, State


@dataclass(frozen=True)
class Change:
    """What one message shall become. Empty fields keep what the row has."""

    message_id: uuid.UUID
    state: State
    mid: str | None = None
    code_table: str | None = None
    code: str | None = None
    certain: bool = True
    upstream_account_id: int | None = None


@dataclass(frozen=True)
class Moved:
    """One message that did move."""

    message_id: uuid.UUID
    application_id: int
    state: str
    code: str | None
    mid: str | None


# Rows are locked in the order of their ids, so two sets that overlap can't deadlock. Primary key on both joins.
MOVE = """
WITH wanted AS (
    SELECT * FROM unnest(%(ids)s::uuid[], %(states)s::text[], %(mids)s::text[], %(tables)s::text[], %(codes)s::text[],
                         %(certain)s::bool[], %(accounts)s::bigint[])
        AS w (id, state, mid, code_table, code, certain, account)
), locked AS (
    SELECT m.id, m.state FROM messaging_message m WHERE m.id = ANY(%(ids)s::uuid[]) ORDER BY m.id FOR UPDATE
)
UPDATE messaging_message m SET
    state = w.state,
    mid = coalesce(w.mid, m.mid),
    code_table = w.code_table,
    code = w.code,
    certain = w.certain,
    upstream_account_id = coalesce(w.account, m.upstream_account_id),
    submitted_at = CASE WHEN w.state = 'submitted' THEN statement_timestamp() ELSE m.submitted_at END,
    final_at = CASE WHEN w.state = ANY(%(final)s) THEN statement_timestamp() END
FROM wanted w JOIN locked l ON l.id = w.id
WHERE m.id = w.id AND (l.state, w.state) IN (SELECT * FROM unnest(%(sources)s::text[], %(targets)s::text[]))
RETURNING m.id, m.application_id, m.state, m.code_table || ':' || m.code, m.mid
"""


def move(
    changes: Sequence[Change],
    kind: EventKind,
    *,
    chunk_id: uuid.UUID | None = None,
    detail: str | None = None,
    event_ids: dict[int, uuid.UUID] | None = None,
) -> list[Moved]:
    """Apply the changes that the table of moves allows, write one event per application, return what moved.

    To be called inside a transaction. `event_ids` names the event of an application beforehand.
    """
    if not changes:
        return []
    with connection.cursor() as cursor:
        cursor.execute(MOVE, _columns(changes))
        moved = [Moved(*row) for row in cursor.fetchall()]
    _tell(moved, kind, chunk_id, detail, event_ids or {})
    return moved


def _columns(changes: Sequence[Change]) -> dict[str, Any]:
    return {
        "ids": [c.message_id for c in changes],
        "states": [c.state.value for c in changes],
        "mids": [c.mid for c in changes],
        "tables": [c.code_table for c in changes],
        "codes": [c.code for c in changes],
        "certain": [c.certain for c in changes],
        "accounts": [c.upstream_account_id for c in changes],
        "final": [state.value for state in FINAL],
        "sources": [source for source, _target in ALLOWED],
        "targets": [target for _source, target in ALLOWED],
    }


def _tell(
    moved: Sequence[Moved],
    kind: EventKind,
    chunk_id: uuid.UUID | None,
    detail: str | None,
    event_ids: dict[int, uuid.UUID],
) -> None:
    sets: dict[int, list[Moved]] = defaultdict(list)
    for message in sorted(moved, key=lambda m: m.message_id):
        sets[message.application_id].append(message)
    Event.objects.bulk_create(
        Event(
            id=event_ids.get(application_id) or new_id(),
            application_id=application_id,
            kind=kind,
            chunk_id=chunk_id,
            message_ids=[m.message_id for m in members],
            statuses=[m.state for m in members],
            codes=[m.code for m in members] if any(m.code for m in members) else None,
            mids=[m.mid for m in members] if any(m.mid for m in members) else None,
            detail=detail,
        )
        for application_id, members in sets.items()
    )


def tell(
    application_id: int,
    message_ids: Sequence[uuid.UUID],
    kind: EventKind,
    status: str,
    *,
    event_id: uuid.UUID | None = None,
    chunk_id: uuid.UUID | None = None,
    detail: str | None = None,
) -> None:
    """Write the event of a change that leaves the rows of its messages as they are: accepted, claimed, due again."""
    Event.objects.create(
        id=event_id or new_id(),
        application_id=application_id,
        kind=kind,
        chunk_id=chunk_id,
        message_ids=list(message_ids),
        statuses=[status] * len(message_ids),
        detail=detail,
    )


def mark_possible_duplicate(message_ids: Sequence[uuid.UUID]) -> None:
    """Say that what is sent from now on may be a second copy."""
    Message.objects.filter(pk__in=message_ids, possible_duplicate=False).update(possible_duplicate=True)


def put_into_chunk(message_ids: Sequence[uuid.UUID], chunk_id: uuid.UUID) -> None:
    """Say which chunk the messages now belong to."""
    Message.objects.filter(pk__in=message_ids).update(chunk_id=chunk_id)
