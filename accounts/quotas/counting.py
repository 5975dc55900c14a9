"""The row that counts: units are taken and given back by one statement each, by the database's clock."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple

from django.conf import settings
from django.db import connection

PER_BLOCK = 1000  # a process reserves this part of what is left


class Period(NamedTuple):
    """The day and the month that units belong to."""

    day: date
    month: date


@dataclass(frozen=True)
class Taken:
    """Units of a period that ends after so many seconds."""

    period: Period
    units: int
    ends_after: float


class Exceeded(Exception):
    """A quota has fewer units left than were asked for; nothing was taken."""

    def __init__(self, name: str, quota: int, left: int, anew_at: datetime, seconds: float) -> None:
        super().__init__(name)
        self.name, self.quota, self.left, self.anew_at, self.seconds = name, quota, left, anew_at, seconds


# Primary keys. Whoever comes second waits at the row, and then counts with what the first has left of it. A statement
# that waited over midnight does not turn the day back.
TAKE = """
WITH clock AS (
    SELECT today, date_trunc('month', today)::date AS this_month
    FROM (SELECT (statement_timestamp() AT TIME ZONE %(zone)s)::date AS today) zoned
), used AS (
    SELECT q.application_id, a.daily_quota, a.monthly_quota,
           greatest(q.day, today) AS day, CASE WHEN q.day >= today THEN q.used_today ELSE 0 END AS today,
           greatest(q.month, this_month) AS month,
           CASE WHEN q.month >= this_month THEN q.used_this_month ELSE 0 END AS this_month
    FROM accounts_quotause q JOIN accounts_application a ON a.id = q.application_id CROSS JOIN clock
    WHERE q.application_id = %(application)s FOR NO KEY UPDATE OF q
), room AS (
    SELECT *, coalesce(daily_quota - today >= %(count)s, true) AS fits_day,
           coalesce(monthly_quota - this_month >= %(count)s, true) AS fits_month,
           greatest(%(count)s, coalesce(least(daily_quota - today, monthly_quota - this_month), 0) / %(parts)s) AS block
    FROM used
), taken AS (
    UPDATE accounts_quotause q
    SET day = r.day, used_today = r.today + r.block, month = r.month, used_this_month = r.this_month + r.block
    FROM room r WHERE q.application_id = r.application_id AND r.fits_day AND r.fits_month
)
SELECT day, month, block, fits_day, fits_month, daily_quota, daily_quota - today, monthly_quota,
       monthly_quota - this_month, (day + 1)::timestamp AT TIME ZONE %(zone)s,
       (month + interval '1 month') AT TIME ZONE %(zone)s, statement_timestamp()
FROM room
"""

BEGIN = """
INSERT INTO accounts_quotause (application_id, day, used_today, month, used_this_month)
VALUES (%(application)s, '0001-01-01', 0, '0001-01-01', 0) ON CONFLICT DO NOTHING
"""

GIVE_BACK = """
UPDATE accounts_quotause
SET used_today = used_today - CASE WHEN day = %(day)s THEN %(units)s ELSE 0 END,
    used_this_month = used_this_month - CASE WHEN month = %(month)s THEN %(units)s ELSE 0 END
WHERE application_id = %(application)s
"""


def take(application_id: int, count: int, *, blocks: bool) -> Taken:
    """Take so many units of both quotas, or a block that has them; raise `Exceeded`."""
    given = {
        "application": application_id, "count": count, "zone": settings.TIME_ZONE,
        "parts": PER_BLOCK if blocks else 2**62,
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(TAKE, given)
        row = cursor.fetchone()
        if row is None:
            cursor.execute(BEGIN, given)
            cursor.execute(TAKE, given)
            row = cursor.fetchone()
    return _read(*row)


def _read(
    day: date, month: date, block: int, fits_day: bool, fits_month: bool, daily: int | None, left_today: int | None,
    monthly: int | None, left_this_month: int | None, tomorrow: datetime, next_month: datetime, now: datetime,
) -> Taken:  # fmt: skip
    """Of two quotas that are used up, the month's is the news: tomorrow would not help."""
    if not fits_month:
        seconds = (next_month - now).total_seconds()
        raise Exceeded("monthly", monthly or 0, max(0, left_this_month or 0), next_month, seconds)
    if not fits_day:
        seconds = (tomorrow - now).total_seconds()
        raise Exceeded("daily", daily or 0, max(0, left_today or 0), tomorrow, seconds)
    return Taken(Period(day, month), block, (tomorrow - now).total_seconds())


def give_back(application_id: int, period: Period, units: int) -> None:
    """Give back what was taken of a period; what is over by now is not counted any more."""
    given: dict[str, Any] = {"application": application_id, "units": units, **period._asdict()}
    with connection.cursor() as cursor:
        cursor.execute(GIVE_BACK, given)
