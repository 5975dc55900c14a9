"""Singles become a chunk when they are claimed: whatever is due now, never waiting to fill one."""

from django.conf import settings
from django.db import connection

from messaging.lifecycle import put_into_chunk
from messaging.models import new_id
from messaging.models.submission import Mode
from messaging.services.submission.locking import CHUNK, Due, due_from
from messaging.services.submission.turns import Turn

# Whoever deletes the row owns the message. The oldest single names the extno; one with a line break travels alone, and
# a number travels once. singles_due serves both reads. Texts that turn out to be one go by `send` all the same.
TAKE = f"""
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
), chosen AS (
    SELECT DISTINCT ON (mobile) message_id FROM candidates ORDER BY mobile, due_at
), taken AS (
    DELETE FROM messaging_queuedsingle q USING chosen WHERE q.message_id = chosen.message_id
    RETURNING q.message_id, q.extno, q.p2p, q.due_at, q.expires_at
)
INSERT INTO messaging_chunk (id, application_id, category, extno, mode, members, size, due_at, expires_at)
SELECT %(chunk)s, %(application)s, %(lane)s, max(extno), CASE WHEN bool_and(p2p) THEN %(p2p)s ELSE %(send)s END,
       array_agg(message_id ORDER BY message_id), count(*), min(due_at), min(expires_at)
FROM taken HAVING count(*) > 0
RETURNING {", ".join(CHUNK)}, members::text, NULL::text, members
"""  # noqa: S608  (column names)


def gather_singles(turn: Turn) -> Due | None:
    """Make a chunk of the singles due in a turn, and return it locked (it is new); None when there are none."""
    with connection.cursor() as cursor:
        cursor.execute(
            TAKE,
            {
                "lane": turn.lane,
                "application": turn.application_id,
                "limit": settings.DEFAULT_CHUNK_NUMBERS,
                "chunk": new_id(),
                "p2p": Mode.P2P.value,
                "send": Mode.SEND.value,
            },
        )
        row = cursor.fetchone()
    if row is None:
        return None
    due = due_from(row[:-1])
    put_into_chunk(row[-1], due.chunk.pk)
    return due
