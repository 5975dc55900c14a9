"""A single that waits: whoever takes its row out of the queue owns the message."""

import uuid

from messaging.lifecycle import put_into_chunk
from messaging.models import Chunk, QueuedSingle, new_id
from messaging.models.submission import Mode
from messaging.states import ChunkState


def take_out(single: QueuedSingle) -> uuid.UUID:
    """Take a single, whose row the caller has locked, out of the queue for good; return the chunk that tells its end.

    The chunk is done: its events are found by it, and nobody claims it.
    """
    QueuedSingle.objects.filter(pk=single.pk).delete()  # not single.delete(): that forgets the id
    chunk = Chunk.objects.create(
        application_id=single.application_id, category=single.category, extno=single.extno, mode=Mode.SEND,
        members=[single.message_id], size=1, state=ChunkState.DONE, id=new_id(),
    )  # fmt: skip
    put_into_chunk([single.message_id], chunk.pk)
    return chunk.pk
