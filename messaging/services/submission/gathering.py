"""Singles become a chunk when they are claimed: whatever is due now, never waiting to fill one."""

import uuid
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import connection

from messaging.lifecycle import put_into_chunk
from messaging.models import Chunk, Message
from messaging.models.submission import Mode

# Whoever deletes the row owns the message. The oldest single names the extno; one with a line break travels alone, and
# a number travels once. singles_due serves both reads.
TAKE = """
WITH first AS (
    SELECT extno, p2p, message_id FROM messaging_queuedsingle
    WHERE category = %(lane)s AND application_id = %(application)s AND due_at <= statement_timestamp()
    ORDER BY due_at LIMIT 1 FOR UPDATE SKIP LOCKED
), candidates AS (
    SELECT s.message_id, s.mobile, s.due_at FROM messaging_queuedsingle s, first
    WHERE s.category = %(lane)s AND s.application_id = %(application)s AND s.due_at <= statement_timestamp()
      AND s.extno IS NOT DISTINCT FROM first.extno
      AND CASE WHEN first.p2p THEN s.p2p ELSE s.message_id = first.message_id END
    ORDER BY s.due_at LIMIT %(limit)s FOR UPDATE OF s SKIP LOCKED
), taken AS (
    SELECT DISTINCT ON (mobile) message_id FROM candidates ORDER BY mobile, due_at
)
DELETE FROM messaging_queuedsingle q USING taken WHERE q.message_id = taken.message_id
RETURNING q.message_id, q.extno, q.due_at, q.expires_at
"""


@dataclass(frozen=True)
class _Taken:
    message_id: uuid.UUID
    extno: str | None
    due_at: datetime
    expires_at: datetime | None


def gather_singles(lane: str, application_id: int) -> Chunk | None:
    """Make a chunk of the singles due in a lane, and return it locked (it is new); None when there are none."""
    with connection.cursor() as cursor:
        cursor.execute(
            TAKE, {"lane": lane, "application": application_id, "limit": settings.DEFAULT_CHUNK_NUMBERS}
        )
        taken = sorted((_Taken(*row) for row in cursor.fetchall()), key=lambda single: single.message_id)
    if not taken:
        return None
    members = [single.message_id for single in taken]
    chunk = Chunk.objects.create(
        application_id=application_id,
        category=lane,
        extno=taken[0].extno,
        mode=_mode(members),
        members=members,
        size=len(members),
        due_at=min(single.due_at for single in taken),
        expires_at=min((single.expires_at for single in taken if single.expires_at), default=None),
    )
    put_into_chunk(members, chunk.pk)
    return chunk


def _mode(members: list[uuid.UUID]) -> Mode:
    texts = Message.objects.filter(pk__in=members).values_list("content", flat=True).distinct()[:2]
    return Mode.SEND if len(texts) == 1 else Mode.P2P
