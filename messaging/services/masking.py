"""One-time passwords at rest: an hour after such a message came to its end, the digits of its text are masked.

A reader of the feed like the counts: it takes an application's numbered events from where it stopped, and moves its
place on in the transaction that masks. A message that ends later has a later event, so none is looked for twice.
"""

import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import connection, transaction

from messaging import arrays
from messaging.states import FINAL, Category, EventKind, State

AFTER = timedelta(hours=1)  # whoever asks what was sent, asks soon
SETS_AT_A_TIME = 50  # of one application, in one transaction; a set has ten thousand members at most
MOST_SECONDS = 1.0  # then the rest is left to the next run, behind what else waits
TURN = 5_390_003  # PostgreSQL's advisory lock of whoever masks

# No move leads out of these to another state. A resend of an unresolved message still needs its text.
OVER = FINAL - {State.UNRESOLVED}
# Other kinds of event end no message.
ENDING = (
    EventKind.ANSWERED, EventKind.REPORTED, EventKind.EXPIRED, EventKind.CANCELLED, EventKind.GIVEN_UP,
)  # fmt: skip
DIGITS = "0123456789０１２３４５６７８９"

PLACES = """
INSERT INTO messaging_maskedupto (application_id, position)
SELECT id, 0 FROM accounts_application a
WHERE NOT EXISTS (SELECT FROM messaging_maskedupto c WHERE c.application_id = a.id)
"""

# events_of_feed, from each application's place up to its first event that is too young: positions are given in the
# order of writing, which is not quite that of `at`. Then the primary key of messages, for those members that came to
# an end; first and last id tell the partitions.
ENDED = """
WITH page AS MATERIALIZED (
    SELECT e.* FROM messaging_maskedupto c CROSS JOIN LATERAL (
        SELECT application_id, kind, message_ids, statuses, position,
               bool_and(at <= statement_timestamp() - %(after)s) OVER (ORDER BY position) AS is_ripe
        FROM (
            SELECT application_id, kind, message_ids, statuses, position, at FROM messaging_event
            WHERE application_id = c.application_id AND position > c.position ORDER BY position LIMIT %(most)s
        ) following
    ) e
), gone_on AS (
    UPDATE messaging_maskedupto c SET position = s.position
    FROM (SELECT application_id, max(position) AS position FROM page WHERE is_ripe GROUP BY application_id) s
    WHERE c.application_id = s.application_id
)
SELECT NULL, NULL, count(*) FROM page WHERE is_ripe
UNION ALL
SELECT m.id, m.batch_id, NULL FROM page s
CROSS JOIN LATERAL unnest(s.message_ids, s.statuses) AS member (id, status)
CROSS JOIN LATERAL (
    SELECT id, batch_id FROM messaging_message
    WHERE id = member.id AND id BETWEEN s.message_ids[1] AND s.message_ids[cardinality(s.message_ids)]
      AND category = %(otp)s AND state = ANY(%(over)s)
    OFFSET 0
) m
WHERE s.is_ripe AND s.kind = ANY(%(ending)s) AND member.status = ANY(%(over)s)
"""

# Primary key; partitions are left alone by the first and the last of the ids.
MASK = """
UPDATE messaging_message m SET content = translate(m.content, %(digits)s, %(stars)s)
FROM (SELECT id FROM unnest(%(ids)s::uuid[]) AS ended (id) ORDER BY id) e
WHERE m.id = e.id AND m.id BETWEEN %(first)s::uuid AND %(last)s::uuid
  AND m.content <> translate(m.content, %(digits)s, %(stars)s)
"""

# A text that a batch's messages share is needed until the last of them is over. Primary keys: the messages of a batch
# are a range of theirs.
MASK_SHARED = """
UPDATE messaging_batch b SET content = translate(b.content, %(digits)s, %(stars)s)
WHERE b.id = ANY(%(ids)s::uuid[]) AND b.content <> translate(b.content, %(digits)s, %(stars)s)
  AND NOT EXISTS (
      SELECT FROM messaging_message m WHERE m.id BETWEEN b.first_message_id AND b.last_message_id
        AND m.batch_id = b.id AND m.state <> ALL(%(over)s))
"""


@dataclass(frozen=True)
class _Ended:
    """Messages that came to their end in some sets of events, and the batches of those that have one."""

    sets: int
    message_ids: Sequence[uuid.UUID]
    batch_ids: Sequence[uuid.UUID]


def mask_codes() -> bool:
    """Mask for a moment the texts of one-time passwords that ended an hour ago; return whether more may be waiting.

    Digits become `*`, everything else stays. Whoever finds another at it leaves it to them.
    """
    until = time.monotonic() + MOST_SECONDS
    while time.monotonic() < until:
        with transaction.atomic():
            if not _is_our_turn() or not _mask_some():
                return False
    return True


def _is_our_turn() -> bool:
    """Lock until the end of the transaction; the next statement sees what the one before us committed."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [TURN])
        return bool(cursor.fetchone()[0])


def _mask_some() -> int:
    """Mask what ended in the next sets of each application; return how many sets."""
    ended = _ended()
    _mask(MASK, ended.message_ids)
    _mask(MASK_SHARED, ended.batch_ids)
    return ended.sets


def _ended() -> _Ended:
    columns: dict[str, Any] = {
        "after": AFTER,
        "most": SETS_AT_A_TIME,
        "otp": Category.OTP.value,
        "over": [state.value for state in OVER],
        "ending": [kind.value for kind in ENDING],
    }
    with connection.cursor() as cursor:
        cursor.execute(PLACES)
        cursor.execute(ENDED, columns)
        (_nobody, _none, sets), *members = cursor.fetchall()
    messages, batches = {row[0] for row in members}, {row[1] for row in members if row[1]}
    return _Ended(sets, sorted(messages), sorted(batches))


def _mask(query: str, ids: Sequence[uuid.UUID]) -> None:
    if not ids:
        return
    columns: dict[str, Any] = {
        "digits": DIGITS,
        "stars": "*" * len(DIGITS),
        "ids": arrays.uuids(ids),
        "first": ids[0],
        "last": ids[-1],
        "over": [state.value for state in OVER],
    }
    with connection.cursor() as cursor:
        cursor.execute(query, columns)
