"""Deliveries that were taken, kept as long as pages are."""

from django.db import connection

from messaging.outflow.pages import KEPT

# deliveries_done, then the tries by their foreign key.
FORGET = """
WITH old AS MATERIALIZED (
    SELECT id FROM messaging_delivery
    WHERE state = 'done' AND ended_at < statement_timestamp() - make_interval(secs => %s)
    ORDER BY ended_at LIMIT %s
), tries AS (
    DELETE FROM messaging_deliverytry WHERE delivery_id IN (SELECT id FROM old)
)
DELETE FROM messaging_delivery WHERE id IN (SELECT id FROM old)
"""


def forget_delivered(most: int) -> int:
    """Delete deliveries that were taken long ago, at most so many; return how many. What was given up stays."""
    with connection.cursor() as cursor:
        cursor.execute(FORGET, [KEPT.total_seconds(), most])
        return int(cursor.rowcount)
