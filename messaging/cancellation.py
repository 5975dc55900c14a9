"""Messages that wait, cancelled in one set: members of chunks that the caller has locked."""

import uuid
from collections.abc import Sequence

from django.db import connection

from messaging import arrays
from messaging.lifecycle import Change, move
from messaging.models import Chunk
from messaging.states import ChunkState, EventKind, State

# Primary key, between the first and the last of their members.
WAITING = """
SELECT id FROM messaging_message
WHERE id BETWEEN %(first)s AND %(last)s AND state = 'queued' AND chunk_id = ANY(%(chunks)s::uuid[])
"""


def cancel_chunks(chunk_ids: Sequence[uuid.UUID], first: uuid.UUID, last: uuid.UUID, *, detail: str) -> int:
    """Cancel every member that still waits in chunks which the caller has locked; return how many.

    The members lie between `first` and `last`. To be called inside the transaction that holds the locks.
    """
    with connection.cursor() as cursor:
        cursor.execute(WAITING, {"first": first, "last": last, "chunks": arrays.uuids(chunk_ids)})
        waiting = [row[0] for row in cursor.fetchall()]
    moved = cancel_members(waiting, detail=detail)
    Chunk.objects.filter(pk__in=chunk_ids).update(state=ChunkState.DONE, parked=False)
    return moved


def cancel_members(message_ids: Sequence[uuid.UUID], *, detail: str) -> int:
    """Cancel messages that wait in chunks which the caller has locked, an event for each chunk; return how many."""
    changes = [Change(pk, State.CANCELLED) for pk in message_ids]
    return move(changes, EventKind.CANCELLED, each_chunk=True, detail=detail)
