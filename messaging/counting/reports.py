"""Which reports came, and which are awaited."""

from dataclasses import dataclass
from datetime import datetime

from django.db import connection


@dataclass(frozen=True)
class Awaiting:
    """What an upstream account owes: `oldest` is the hour in which the oldest awaited was submitted."""

    messages: int
    oldest: datetime | None
    last_report_at: datetime | None


# hour_of_submission_once: three days and what may be late; then messages are given up. payloads_of_account, from its
# end: a page that brought reports is soon found, and `looked` bounds the search where none does.
AWAITING = """
SELECT a.id, coalesce(w.messages, 0)::bigint, w.oldest, (
    SELECT received_at FROM (
        SELECT id, received_at, reports FROM messaging_upstreampayload
        WHERE upstream_account_id = a.id ORDER BY id DESC LIMIT %(looked)s
    ) latest WHERE reports > 0 ORDER BY id DESC LIMIT 1)
FROM accounts_upstreamaccount a LEFT JOIN LATERAL (
    SELECT sum(submitted - settled) AS messages, min(hour) AS oldest FROM messaging_hourofsubmission
    WHERE upstream_account_id = a.id AND hour > statement_timestamp() - interval '74 hours' AND submitted > settled
) w ON true
"""
LOOKED = 5000  # fetches; ten a minute are eight hours


def awaiting_reports() -> dict[int, Awaiting]:
    """Return, for each upstream account by id, what is submitted and not yet told of, and when it last told."""
    with connection.cursor() as cursor:
        cursor.execute(AWAITING, {"looked": LOOKED})
        return {row[0]: Awaiting(*row[1:]) for row in cursor.fetchall()}
