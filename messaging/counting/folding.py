"""Events are added to the counts of their hours, each once."""

import time

from django.db import connection, transaction

from messaging.counting.waits import WAITS
from messaging.models import CodeCount, CountedUpTo, HourlyCount, HourOfSubmission
from messaging.states import EventKind

SETS_AT_A_TIME = 100  # of one application, in one transaction; a set has ten thousand members at most
MOST_SECONDS = 1.0  # then the rest is left to the next run, behind what else waits
TURN = 5_390_002  # PostgreSQL's advisory lock of whoever counts
WITHDRAWN = "inference_withdrawn"  # such an event repeats the status its message keeps

# The members of such an event have all one category, account and time of submission: one of them speaks for all.
ALIKE = (EventKind.ACCEPTED, EventKind.ANSWERED)
# Those of such an event need have nothing in common: each is looked up. Other kinds tell of no new status.
APART = (EventKind.EXPIRED, EventKind.CANCELLED, EventKind.GIVEN_UP, EventKind.RESTORED)

PLACES = """
INSERT INTO messaging_countedupto (application_id, position)
SELECT id, 0 FROM accounts_application a
WHERE NOT EXISTS (SELECT FROM messaging_countedupto c WHERE c.application_id = a.id)
"""

# events_of_feed, from each application's place on; then the primary key of messages for what no event knows. Most of
# what happens is that messages are delivered, so that is made cheap: a report's set is read in one go, in the order of
# its ids, as if all its members had been delivered; the few that were not are looked up singly, which costs four times
# as much, and taken off again. First and last id tell the partitions.
COUNT = """
WITH sets AS MATERIALIZED (
    SELECT e.* FROM messaging_countedupto c CROSS JOIN LATERAL (
        SELECT application_id, kind, at, date_trunc('hour', at, 'UTC') AS hour, message_ids, statuses, codes, position
        FROM messaging_event WHERE application_id = c.application_id AND position > c.position
          AND detail IS DISTINCT FROM %(withdrawn)s
        ORDER BY position LIMIT %(most)s
    ) e
), gone_on AS (
    UPDATE messaging_countedupto c SET position = s.position
    FROM (SELECT application_id, max(position) AS position FROM sets GROUP BY application_id) s
    WHERE c.application_id = s.application_id
), alike AS (
    SELECT s.hour, s.application_id, r.category,
           CASE WHEN s.kind <> 'accepted' THEN r.upstream_account_id END AS account_id,
           CASE WHEN s.kind = 'accepted' THEN 'accepted' ELSE m.status END AS status, m.code,
           date_trunc('hour', r.submitted_at, 'UTC') AS submitted_hour, NULL::int AS wait, m.count
    FROM sets s CROSS JOIN LATERAL (
        SELECT status, code, count(*) FROM unnest(s.statuses, s.codes) AS m (status, code) GROUP BY status, code
    ) m CROSS JOIN LATERAL (
        SELECT category, upstream_account_id, submitted_at FROM messaging_message
        WHERE id = s.message_ids[coalesce(array_position(s.statuses, 'submitted'), 1)] LIMIT 1
    ) r WHERE s.kind = ANY(%(alike)s)
), as_if_delivered AS (
    SELECT s.hour, s.application_id, r.category, r.account_id, 'delivered', NULL, r.submitted_hour, r.wait, r.count
    FROM sets s CROSS JOIN LATERAL (
        SELECT category, upstream_account_id AS account_id, date_trunc('hour', submitted_at, 'UTC') AS submitted_hour,
               width_bucket(extract(epoch FROM s.at - submitted_at)::float8, %(waits)s::float8[]) AS wait, count(*)
        FROM messaging_message WHERE id = ANY(s.message_ids)
          AND id BETWEEN s.message_ids[1] AND s.message_ids[cardinality(s.message_ids)]
        GROUP BY 1, 2, 3, 4
    ) r WHERE s.kind = 'reported'
), looked_up AS (
    SELECT s.hour, s.application_id, r.category, r.upstream_account_id AS account_id, m.status, m.code, s.kind,
           date_trunc('hour', r.submitted_at, 'UTC') AS submitted_hour,
           width_bucket(extract(epoch FROM s.at - r.submitted_at)::float8, %(waits)s::float8[]) AS wait
    FROM sets s CROSS JOIN LATERAL unnest(s.message_ids, s.statuses, s.codes) AS m (id, status, code)
    CROSS JOIN LATERAL (
        SELECT category, upstream_account_id, submitted_at FROM messaging_message WHERE id = m.id LIMIT 1
    ) r WHERE s.kind = ANY(%(apart)s) OR (s.kind = 'reported' AND m.status <> 'delivered')
), known AS MATERIALIZED (
    SELECT * FROM alike
    UNION ALL SELECT * FROM as_if_delivered
    UNION ALL SELECT hour, application_id, category, account_id, status, code, submitted_hour, NULL, 1 FROM looked_up
    UNION ALL SELECT hour, application_id, category, account_id, 'delivered', NULL, submitted_hour, wait, -1
              FROM looked_up WHERE kind = 'reported'
), hourly AS (
    INSERT INTO messaging_hourlycount AS old
        (hour, application_id, category, upstream_account_id, status, wait, count)
    SELECT hour, application_id, category, account_id, status, wait, sum(count)
    FROM known GROUP BY hour, application_id, category, account_id, status, wait HAVING sum(count) <> 0
    ON CONFLICT (hour, application_id, category, upstream_account_id, status, wait)
    DO UPDATE SET count = old.count + EXCLUDED.count
), of_submission AS (
    INSERT INTO messaging_hourofsubmission AS old (hour, upstream_account_id, submitted, settled)
    SELECT submitted_hour, account_id, coalesce(sum(count) FILTER (WHERE status = 'submitted'), 0),
           coalesce(sum(count) FILTER (WHERE status <> 'submitted'), 0)
    FROM known
    WHERE status IN ('submitted', 'delivered', 'undelivered', 'no_report') AND submitted_hour IS NOT NULL
      AND account_id IS NOT NULL
    GROUP BY submitted_hour, account_id
    ON CONFLICT (upstream_account_id, hour)
    DO UPDATE SET submitted = old.submitted + EXCLUDED.submitted, settled = old.settled + EXCLUDED.settled
), of_codes AS (
    INSERT INTO messaging_codecount AS old (hour, code_table, code, count)
    SELECT hour, split_part(code, ':', 1), substr(code, strpos(code, ':') + 1), sum(count)
    FROM known WHERE code IS NOT NULL GROUP BY hour, code
    ON CONFLICT (hour, code_table, code) DO UPDATE SET count = old.count + EXCLUDED.count
)
SELECT count(*) FROM sets
"""


def count_events() -> bool:
    """Add numbered events to the counts for a moment; return whether more may be waiting.

    Whoever finds another at it leaves it to them.
    """
    until = time.monotonic() + MOST_SECONDS
    while time.monotonic() < until:
        with transaction.atomic():
            if not _is_our_turn() or not _count_some():
                return False
    return True


@transaction.atomic
def recount() -> int:
    """Forget all counts and count all events that there are; return how many sets.

    What retention has deleted is not counted again. Readers see the old counts until the end.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [TURN])
    for model in (HourlyCount, HourOfSubmission, CodeCount, CountedUpTo):
        model.objects.all().delete()
    return sum(iter(_count_some, 0))


def _is_our_turn() -> bool:
    """Lock until the end of the transaction; the next statement sees what the one before us committed."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [TURN])
        return bool(cursor.fetchone()[0])


def _count_some() -> int:
    with connection.cursor() as cursor:
        cursor.execute(PLACES)
        cursor.execute(
            COUNT,
            {
                "most": SETS_AT_A_TIME,
                "alike": [kind.value for kind in ALIKE],
                "apart": [kind.value for kind in APART],
                "withdrawn": WITHDRAWN,
                "waits": list(WAITS),
            },
        )
        return int(cursor.fetchone()[0])
