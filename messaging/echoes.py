"""The same text to the same number again: mostly a loop in a program; for applications that want to be told."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.db import connection
from django.utils import timezone

from accounts.models import Application
from messaging import arrays
from messaging.ids import first_id

MOST_LISTED = 100


@dataclass(frozen=True)
class Echo:
    """A number that had the same text a while ago, and the message that brought it."""

    mobile: str
    message_id: uuid.UUID


# messages_of_mobile, of the partitions that can have such ids.
SAME = """
SELECT DISTINCT ON (g.n) g.mobile, m.id
FROM unnest(%(mobiles)s::text[], %(texts)s::text[]) WITH ORDINALITY AS g (mobile, text, n)
JOIN messaging_message m ON m.mobile = g.mobile AND m.id >= %(since)s AND m.application_id = %(application)s
LEFT JOIN messaging_batch b ON b.id = m.batch_id
WHERE coalesce(m.content, b.content) = g.text
  AND m.created_at > statement_timestamp() - make_interval(secs => %(seconds)s)
ORDER BY g.n, m.id DESC LIMIT %(most)s
"""


def echoes(application: Application, mobiles: Sequence[str], texts: Sequence[str]) -> list[Echo]:
    """Return the first hundred numbers that the application sent the same text within its window."""
    seconds = application.same_content_seconds
    if not seconds:
        return []
    since = first_id(timezone.now() - timedelta(seconds=seconds))
    with connection.cursor() as cursor:
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
