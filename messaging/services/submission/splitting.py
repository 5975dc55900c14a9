"""Members that part ways get a child chunk that names its parent."""

import uuid
from collections.abc import Sequence

from messaging.lifecycle import put_into_chunk
from messaging.models import Chunk, new_id
from messaging.states import ChunkState


def child_of(parent: Chunk, members: Sequence[uuid.UUID], *, claims: int = 0) -> Chunk:
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
        claims=claims,
    )
    child.save(force_insert=True)
    put_into_chunk(members, child.pk)
    return child


def halves(parent: Chunk, members: Sequence[uuid.UUID]) -> None:
    """Replace a locked chunk by two of half its members."""
    middle = -(-len(members) // 2)
    child_of(parent, members[:middle])
    child_of(parent, members[middle:])
    Chunk.objects.filter(pk=parent.pk).update(state=ChunkState.DONE)


def pieces_of_at_most(parent: Chunk, limit: int) -> Chunk:
    """Replace a locked chunk by children of at most `limit` members and return the first; it is locked, being new."""
    children = [
        child_of(parent, parent.members[start : start + limit])
        for start in range(0, len(parent.members), limit)
    ]
    Chunk.objects.filter(pk=parent.pk).update(state=ChunkState.DONE)
    return children[0]
