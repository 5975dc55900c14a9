"""The same text to the same number again: mostly a loop in a program; for applications that want to be told."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import connection
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
FROM {given} AS g (mobile, text, n)
CROSS JOIN LATERAL (
    SELECT id, application_id, batch_id, content, created_at FROM messaging_message
    WHERE mobile = g.mobile AND id >= %(since)s::uuid OFFSET 0) AS m
WHERE m.application_id = %(application)s::bigint
  AND coalesce(m.content, (SELECT b.content FROM messaging_batch b WHERE b.id = m.batch_id)) = g.text
  AND m.created_at > statement_timestamp() - make_interval(secs => %(seconds)s::float8)
ORDER BY g.n, m.id DESC LIMIT %(most)s::int
"""
SAME_AS_ONE = SAME.format(given="(VALUES (%(mobile)s::text, %(text)s::text, 1))")
SAME_AS_SOME = SAME.format(given="unnest(%(mobiles)s::text[], %(texts)s::text[]) WITH ORDINALITY")


def echoes(application: Application, mobiles: Sequence[str], texts: Sequence[str]) -> list[Echo]:
    """Return the first hundred numbers that the application sent the same text within its window."""
    if not application.same_content_seconds:
        return []
    asked = _asked(application) | {"mobiles": arrays.texts(mobiles), "texts": arrays.texts(texts)}
    with connection.cursor() as cursor:
        cursor.execute(SAME_AS_SOME, asked)
        return [Echo(*row) for row in cursor.fetchall()]


def echo(application: Application, mobile: str, text: str) -> list[Echo]:
    """The same for one number, a thousand times a second."""
    if not application.same_content_seconds:
        return []
    with prepared_cursor() as cursor:
        cursor.execute(SAME_AS_ONE, _asked(application) | {"mobile": mobile, "text": text})
        return [Echo(*row) for row in cursor.fetchall()]


def _asked(application: Application) -> dict[str, Any]:
    seconds = application.same_content_seconds or 0
    since = first_id(timezone.now() - timedelta(seconds=seconds))
    return {"application": application.pk, "since": since, "seconds": seconds, "most": MOST_LISTED}
