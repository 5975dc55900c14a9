"""Members that part ways get a child chunk that names its parent."""

import uuid
from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any

from django.db.models.functions import Now

from messaging.lifecycle import put_into_chunk
from messaging.models import Chunk, new_id
from messaging.states import ChunkState


def child_of(parent: Chunk, members: Sequence[uuid.UUID], **fields: Any) -> Chunk:
    """Make a queued chunk, due now, of some members of a chunk that the caller has locked."""
    child = Chunk(
        id=new_id(),
        application_id=parent.application_id,
        batch_id=parent.batch_id,
        parent=parent,
        category=parent.category,
        extno=parent.extno,
        mode=parent.mode,
        members=list(members),
        size=len(members),
        expires_at=parent.expires_at,
        **fields,
    )
    child.save(force_insert=True)
    put_into_chunk(members, child.pk)
    return child


def halves(members: Sequence[uuid.UUID]) -> tuple[Sequence[uuid.UUID], Sequence[uuid.UUID]]:
    """Cut in two; the first half is never the smaller one."""
    middle = -(-len(members) // 2)
    return members[:middle], members[middle:]


def replace(parent: Chunk, groups: Iterable[Sequence[uuid.UUID]], **fields: Any) -> list[Chunk]:
    """Replace a locked chunk by a child for each group; a child is locked, being new."""
    children = [child_of(parent, group, **fields) for group in groups]
    Chunk.objects.filter(pk=parent.pk).update(state=ChunkState.DONE)
    return children


def first_of_pieces(parent: Chunk, members: Sequence[uuid.UUID], first: int, limit: int) -> Chunk:
    """Replace a locked chunk by a child of the `first` members, which is returned, and others of at most `limit`."""
    starts = range(first, len(members), limit)
    return replace(parent, [members[:first], *(members[start : start + limit] for start in starts)])[0]


def keep_only(
    parent: Chunk, passing: Sequence[uuid.UUID], everyone: Sequence[uuid.UUID], parked_seconds: float
) -> Chunk:
    """Replace a locked chunk by one of those that may pass, which is returned, and a parked one of the others."""
    going = set(passing)
    staying = [pk for pk in everyone if pk not in going]
    child_of(parent, staying, parked=True, due_at=Now() + timedelta(seconds=parked_seconds))
    return replace(parent, [passing])[0]
