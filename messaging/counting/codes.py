"""How often codes were seen."""

from dataclasses import dataclass
from datetime import datetime

from django.db import connection


@dataclass(frozen=True)
class Seen:
    """How many messages were told a code, and how many holds it caused."""

    messages: int = 0
    holds: int = 0


# code_count_once, by the hours. Holds are few; a code that holds an account is told to no message.
SEEN = """
SELECT code_table, code, sum(messages)::bigint, sum(holds)::bigint FROM (
    SELECT code_table, code, count AS messages, 0 AS holds FROM messaging_codecount WHERE hour >= %(since)s
    UNION ALL
    SELECT code_table, code, 0, 1 FROM messaging_hold WHERE since >= %(since)s AND code <> ''
) seen GROUP BY code_table, code
"""


def codes_seen(since: datetime) -> dict[tuple[str, str], Seen]:
    """Return what was seen since the hour that began at a moment, by table and code."""
    with connection.cursor() as cursor:
        cursor.execute(SEEN, {"since": since})
        return {(table, code): Seen(messages, holds) for table, code, messages, holds in cursor.fetchall()}
