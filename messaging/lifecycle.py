"""The only writers of `Message.state`: on sets, by compare-and-set, each move with its event.

Losing the race is a normal answer: what did not move is simply not among the moved.
"""

import uuid
from collections.abc import Sequence
from typing import Any, NamedTuple

from django.db import connection

from messaging import arrays
from messaging.models import Message, new_id
from messaging.states import ALLOWED, FINAL, EventKind, State


class Change(NamedTuple):
    """What one message shall become. Empty fields keep what the row has."""

    message_id: uuid.UUID
    state: State
    mid: str | None = None
    code_table: str | None = None
    code: str | None = None
    certain: bool = True
    upstream_account_id: int | None = None


# A UUIDv7 made by the database, so after the rows were locked: events of one message are made in the order in which
# it changed. Bits 52 and 53 turn the version of a random UUID from 4 into 7.
NEW_ID = """
encode(set_bit(set_bit(overlay(uuid_send(gen_random_uuid()) PLACING
    substring(int8send((extract(epoch FROM clock_timestamp()) * 1000)::bigint) FROM 3) FROM 1 FOR 6), 52, 1), 53, 1),
    'hex')::uuid
"""

# Most changes of a set differ in nothing but message and mid: what they share travels once, as an outcome. Rows are
# taken in the order of their ids, so two sets that overlap wait for each other and don't deadlock. Primary key.
# Partitions are left alone by the first and the last of the ids.
MOVE = f"""
WITH moved AS (
    UPDATE messaging_message m SET
        state = w.state,
        mid = coalesce(w.mid, m.mid),
        code_table = w.code_table,
        code = w.code,
        certain = w.certain,
        upstream_account_id = coalesce(w.account, m.upstream_account_id),
        submitted_at = CASE WHEN w.state = 'submitted' THEN statement_timestamp() ELSE m.submitted_at END,
        final_at = CASE WHEN w.state = ANY(%(final)s) THEN statement_timestamp() END
    FROM (
        SELECT id, mid, (%(states)s::text[])[outcome] AS state, (%(tables)s::text[])[outcome] AS code_table,
               (%(codes)s::text[])[outcome] AS code, (%(certain)s::bool[])[outcome] AS certain,
               (%(accounts)s::bigint[])[outcome] AS account
        FROM unnest(%(ids)s::uuid[], %(mids)s::text[], %(outcomes)s::int[]) AS wanted (id, mid, outcome) ORDER BY id
    ) w
    WHERE m.id = w.id AND m.id BETWEEN %(first)s::uuid AND %(last)s::uuid
      AND m.state || ' ' || w.state = ANY(%(allowed)s)
    RETURNING m.id, m.application_id, m.state, m.code_table || ':' || m.code AS code, m.mid,
              CASE WHEN %(each_chunk)s THEN m.chunk_id ELSE %(chunk)s::uuid END AS told_by
), told AS (
    INSERT INTO messaging_event (id, application_id, kind, at, chunk_id, message_ids, statuses, codes, mids, detail)
    SELECT coalesce((SELECT e.id FROM unnest(%(event_of)s::bigint[], %(event_ids)s::uuid[]) AS e (application, id)
                     WHERE e.application = application_id), {NEW_ID}),
           application_id, %(kind)s, clock_timestamp(), told_by,
           array_agg(id ORDER BY id), array_agg(state ORDER BY id),
           CASE WHEN count(code) > 0 THEN array_agg(code ORDER BY id) END,
           CASE WHEN count(mid) > 0 THEN array_agg(mid ORDER BY id) END, %(detail)s::text
    FROM moved GROUP BY application_id, told_by
)
SELECT count(*) FROM moved
"""  # noqa: S608  (a constant)


def move(
    changes: Sequence[Change],
    kind: EventKind,
    *,
    chunk_id: uuid.UUID | None = None,
    each_chunk: bool = False,
    detail: str | None = None,
    event_ids: dict[int, uuid.UUID] | None = None,
) -> int:
    """Apply the changes that the table of moves allows, write one event per application, return how many moved.

    To be called inside a transaction; a message stands at most once in a set. A message's history finds the event by
    its chunk: `chunk_id` of them all, or an event for `each_chunk`; or by a report. `event_ids` names the event of an
    application beforehand.
    """
    if not changes:
        return 0
    told = {"kind": kind.value, "chunk": chunk_id, "each_chunk": each_chunk, "detail": detail}
    with connection.cursor() as cursor:
        cursor.execute(MOVE, _columns(changes) | _named(event_ids or {}) | told)
        return int(cursor.fetchone()[0])


def _columns(changes: Sequence[Change]) -> dict[str, Any]:
    numbers: dict[tuple[Any, ...], int] = {}
    outcomes = [numbers.setdefault(_outcome(change), len(numbers) + 1) for change in changes]
    states, tables, codes, certain, accounts = zip(*numbers, strict=True)
    ids = [change.message_id.hex for change in changes]
    return {
        "ids": f"{{{','.join(ids)}}}",
        "first": min(ids),
        "last": max(ids),
        "mids": arrays.texts([change.mid for change in changes]),
        "outcomes": f"{{{','.join(map(str, outcomes))}}}",
        "states": [state.value for state in states],
        "tables": arrays.texts(tables),
        "codes": arrays.texts(codes),
        "certain": list(certain),
        "accounts": list(accounts),
        "final": [state.value for state in FINAL],
        "allowed": [f"{source} {target}" for source, target in ALLOWED],
    }


def _outcome(change: Change) -> tuple[Any, ...]:
    return (change.state, change.code_table, change.code, change.certain, change.upstream_account_id)


def _named(event_ids: dict[int, uuid.UUID]) -> dict[str, Any]:
    return {"event_of": list(event_ids), "event_ids": arrays.uuids(list(event_ids.values()))}


TELL = """
INSERT INTO messaging_event (id, application_id, kind, chunk_id, message_ids, statuses, detail)
VALUES (%(id)s, %(application)s, %(kind)s, %(chunk)s, %(ids)s::uuid[],
        array_fill(%(status)s::text, ARRAY[cardinality(%(ids)s::uuid[])]), %(detail)s)
"""


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
    with connection.cursor() as cursor:
        cursor.execute(
            TELL,
            {
                "id": event_id or new_id(),
                "application": application_id,
                "kind": kind.value,
                "chunk": chunk_id,
                "ids": arrays.uuids(message_ids),
                "status": str(status),
                "detail": detail,
            },
        )


def mark_possible_duplicate(message_ids: Sequence[uuid.UUID]) -> None:
    """Say that what is sent from now on may be a second copy."""
    Message.objects.filter(pk__in=message_ids, possible_duplicate=False).update(possible_duplicate=True)


def put_into_chunk(message_ids: Sequence[uuid.UUID], chunk_id: uuid.UUID) -> None:
    """Say which chunk the messages now belong to. Primary key."""
    if message_ids:
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE messaging_message SET chunk_id = %s WHERE id = ANY(%s::uuid[])",
                [chunk_id, arrays.uuids(message_ids)],
            )
