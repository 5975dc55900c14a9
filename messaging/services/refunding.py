"""Refunds: what was charged and then provably never sent is paid back.

A reader of the feed like the counts: it takes an application's numbered events from where it stopped, and moves its
place on in the transaction that posts, one entry for an event. A message comes to each of these states once, so it is
paid back once; a late report that it was sent after all costs nothing again.
"""

import time
from typing import Any

from django.db import connection, transaction

from accounts.ledger import Refund, refund
from messaging.counting.folding import WITHDRAWN
from messaging.states import EventKind, State

SETS_AT_A_TIME = 100  # of one application, in one transaction; a set has ten thousand members at most
MOST_SECONDS = 1.0  # then the rest is left to the next run, behind what else waits
TURN = 5_390_004  # PostgreSQL's advisory lock of whoever refunds

NEVER_SENT = (State.REJECTED, State.EXPIRED, State.CANCELLED)
# Events of other kinds tell of no new state.
ENDING = (EventKind.ANSWERED, EventKind.REPORTED, EventKind.EXPIRED, EventKind.CANCELLED, EventKind.GIVEN_UP)

PLACES = """
INSERT INTO messaging_refundedupto (application_id, position)
SELECT id, 0 FROM accounts_application a
WHERE NOT EXISTS (SELECT FROM messaging_refundedupto c WHERE c.application_id = a.id)
"""

# events_of_feed, from each application's place on; of those that tell of no such state the members are never read. Then
# the primary key of messages; first and last id tell the partitions. What was not charged has no price.
NEVER_SENT_IN_SETS = """
WITH sets AS MATERIALIZED (
    SELECT e.* FROM messaging_refundedupto c CROSS JOIN LATERAL (
        SELECT id, application_id, position,
               CASE WHEN tells THEN message_ids END AS message_ids, CASE WHEN tells THEN statuses END AS statuses
        FROM (
            SELECT *, kind = ANY(%(ending)s) AND statuses::text[] && %(never_sent)s::text[]
                   AND detail IS DISTINCT FROM %(withdrawn)s AS tells
            FROM messaging_event WHERE application_id = c.application_id AND position > c.position
            ORDER BY position LIMIT %(most)s
        ) following
    ) e
), gone_on AS (
    UPDATE messaging_refundedupto c SET position = s.position
    FROM (SELECT application_id, max(position) AS position FROM sets GROUP BY application_id) s
    WHERE c.application_id = s.application_id
)
SELECT NULL, NULL, NULL, NULL, count(*) FROM sets
UNION ALL
SELECT s.application_id, s.id, sum(m.parts)::int, sum(m.parts * m.price::bigint)::bigint, NULL
FROM sets s CROSS JOIN LATERAL unnest(s.message_ids, s.statuses) AS member (id, status)
CROSS JOIN LATERAL (
    SELECT parts, price FROM messaging_message
    WHERE id = member.id AND id BETWEEN s.message_ids[1] AND s.message_ids[cardinality(s.message_ids)]
      AND price IS NOT NULL
    OFFSET 0
) m
WHERE member.status = ANY(%(never_sent)s)
GROUP BY s.application_id, s.id
"""


def refund_never_sent() -> bool:
    """Pay back for a moment what was rejected, expired or cancelled; return whether more may be waiting.

    Whoever finds another at it leaves it to them.
    """
    until = time.monotonic() + MOST_SECONDS
    while time.monotonic() < until:
        with transaction.atomic():
            if not _is_our_turn() or not _refund_some():
                return False
    return True


def _is_our_turn() -> bool:
    """Lock until the end of the transaction; the next statement sees what the one before us committed."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [TURN])
        return bool(cursor.fetchone()[0])


def _refund_some() -> int:
    """Pay back what the next sets of each application tell of; return how many sets."""
    columns: dict[str, Any] = {
        "most": SETS_AT_A_TIME,
        "ending": [kind.value for kind in ENDING],
        "never_sent": [state.value for state in NEVER_SENT],
        "withdrawn": WITHDRAWN,
    }
    with connection.cursor() as cursor:
        cursor.execute(PLACES)
        cursor.execute(NEVER_SENT_IN_SETS, columns)
        (*_nothing, sets), *rows = cursor.fetchall()
    refund([Refund(*row[:4]) for row in rows])
    return int(sets)
