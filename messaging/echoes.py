"""The same text to the same number again: mostly a loop in a program; for applications that want to be told."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.utils import timezone

from accounts.models import Application
from messaging import arrays
from messaging.ids import first_id
from messaging.prepared import prepared_cursor

MOST_LISTED = 100


@dataclass(frozen=True)
class Echo:
    """A number that had the same text a while ago, and the message that brought it."""

    mobile: str
    message_id: uuid.UUID


# messages_of_mobile, of the partitions that can have such ids. OFFSET 0: or a planner that has not yet heard of today's
# messages reads all of the application's.
SAME = """
SELECT DISTINCT ON (g.n) g.mobile, m.id
FROM unnest(%(mobiles)s::text[], %(texts)s::text[]) WITH ORDINALITY AS g (mobile, text, n)
CROSS JOIN LATERAL (
    SELECT id, application_id, batch_id, content, created_at FROM messaging_message
    WHERE mobile = g.mobile AND id >= %(since)s::uuid OFFSET 0) AS m
LEFT JOIN messaging_batch b ON b.id = m.batch_id
WHERE m.application_id = %(application)s::bigint AND coalesce(m.content, b.content) = g.text
  AND m.created_at > statement_timestamp() - make_interval(secs => %(seconds)s::float8)
ORDER BY g.n, m.id DESC LIMIT %(most)s::int
"""


def echoes(application: Application, mobiles: Sequence[str], texts: Sequence[str]) -> list[Echo]:
    """Return the first hundred numbers that the application sent the same text within its window."""
    seconds = application.same_content_seconds
    if not seconds:
        return []
    since = first_id(timezone.now() - timedelta(seconds=seconds))
    with prepared_cursor() as cursor:
        cursor.execute(
            SAME,
            {
                "mobiles": arrays.texts(mobiles),
                "texts": arrays.texts(texts),
                "since": since,
                "application": application.pk,
                "seconds": seconds,
                "most": MOST_LISTED,
            },
        )
        return [Echo(*row) for row in cursor.fetchall()]
