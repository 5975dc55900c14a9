"""Days are closed: one row for each purse and day of the staff's zone, when nothing more can be posted to it."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Any

from django.conf import settings
from django.db import connection
from django.utils import timezone

from accounts.models import Application, Posting

AFTER_MIDNIGHT = timedelta(minutes=10)  # whoever posted before midnight has committed by then

# From the day after a purse's last closing, or from its first, up to yesterday. postings_of_day finds what was posted;
# postings have their time from the database, as all days have.
CLOSE = """
WITH days AS MATERIALIZED (
    SELECT p.application_id, following::date AS day, coalesce(c.closing, 0) AS begin
    FROM accounts_purse p
    LEFT JOIN LATERAL (
        SELECT day, closing FROM accounts_dayclosing WHERE application_id = p.application_id ORDER BY day DESC LIMIT 1
    ) c ON true
    CROSS JOIN LATERAL generate_series(
        coalesce(c.day + 1, (p.created_at AT TIME ZONE %(zone)s)::date),
        ((statement_timestamp() - %(after)s) AT TIME ZONE %(zone)s)::date - 1, interval '1 day') AS following
), moved AS (
    SELECT application_id, (posted_at AT TIME ZONE %(zone)s)::date AS day,
           coalesce(sum(amount) FILTER (WHERE kind = 'charge'), 0) AS charges,
           coalesce(sum(amount) FILTER (WHERE kind = 'refund'), 0) AS refunds,
           coalesce(sum(amount) FILTER (WHERE kind = 'top_up'), 0) AS top_ups,
           coalesce(sum(amount) FILTER (WHERE kind = 'correction'), 0) AS corrections,
           sum(amount) AS change,
           coalesce(sum(CASE kind WHEN 'charge' THEN parts WHEN 'refund' THEN -parts END), 0) AS parts
    FROM accounts_posting
    WHERE side = 'purse' AND posted_at >= (SELECT min(day)::timestamp AT TIME ZONE %(zone)s FROM days)
    GROUP BY 1, 2
), closed AS (
    SELECT application_id, day, begin, coalesce(charges, 0) AS charges, coalesce(refunds, 0) AS refunds,
           coalesce(top_ups, 0) AS top_ups, coalesce(corrections, 0) AS corrections, coalesce(parts, 0) AS parts,
           coalesce(change, 0) AS change,
           begin + sum(coalesce(change, 0)) OVER (PARTITION BY application_id ORDER BY day) AS closing
    FROM days LEFT JOIN moved USING (application_id, day)
)
INSERT INTO accounts_dayclosing
    (application_id, day, opening, charges, refunds, top_ups, corrections, closing, parts)
SELECT application_id, day, closing - change, charges, refunds, top_ups, corrections, closing, parts
FROM closed ORDER BY application_id, day
ON CONFLICT (application_id, day) DO NOTHING
"""


def close_days() -> int:
    """Close each day that is over, of each purse, and return how many rows that made; run again it makes none."""
    with connection.cursor() as cursor:
        columns: dict[str, Any] = {"zone": settings.TIME_ZONE, "after": AFTER_MIDNIGHT}
        cursor.execute(CLOSE, columns)
        made: int = cursor.rowcount
    return made


def entries_of_day(application: Application, day: date) -> Iterator[Posting]:
    """Yield what moved an application's balance on a day of the staff's zone, oldest first, a page at a time."""
    begins = timezone.make_aware(datetime.combine(day, time.min))
    ends = timezone.make_aware(datetime.combine(day + timedelta(days=1), time.min))
    postings = Posting.objects.filter(
        application=application, side=Posting.Side.PURSE, posted_at__gte=begins, posted_at__lt=ends
    )
    yield from postings.order_by("pk").iterator(chunk_size=2000)
