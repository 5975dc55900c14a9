"""How a day is going, from the hourly counts. All bounds are aware datetimes; which day it is, the reader says."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import connection

from messaging.counting.waits import CLASSES, quantile
from messaging.models import HourlyCount
from messaging.states import State

HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class Day:
    """A day from its beginning up to a moment; of the hour in which the moment lies, the part that has passed."""

    since: datetime
    until: datetime

    @property
    def before(self) -> "Day":
        """The day before, up to the same time."""
        return Day(self.since - timedelta(days=1), self.until - timedelta(days=1))

    @property
    def last_hour(self) -> datetime:
        return self.until.replace(minute=0, second=0, microsecond=0)

    @property
    def share_of_last(self) -> float:
        """How much of the last hour has passed."""
        return (self.until - self.last_hour) / HOUR


@dataclass(frozen=True)
class Figures:
    """How many messages came to each status, and how long those that were delivered took."""

    counts: dict[str, float] = field(default_factory=dict)
    waits: list[float] = field(default_factory=lambda: [0.0] * CLASSES)

    def of(self, status: str) -> int:
        return round(self.counts.get(status, 0))

    @property
    def delivery_rate(self) -> float | None:
        """The share of delivered ones among those that a report told of; None when there was none."""
        delivered = self.counts.get(State.DELIVERED, 0)
        told = delivered + self.counts.get(State.UNDELIVERED, 0)
        return delivered / told if told else None

    def delivered_within(self, share: float) -> float | None:
        """Return the seconds within which this share of the delivered ones was."""
        return quantile(self.waits, share)


@dataclass(frozen=True)
class Slice:
    """A day's figures of one application and category."""

    application_id: int
    category: str
    figures: Figures


# hourly_count_once serves all three, by the hours.
OF_DAY = """
SELECT status, wait, sum(count * CASE WHEN hour = %(last)s THEN %(share)s ELSE 1 END)::float8
FROM messaging_hourlycount WHERE hour >= %(since)s AND hour <= %(last)s GROUP BY status, wait
"""
BY_HOUR = """
SELECT hour, status, sum(count)::bigint FROM messaging_hourlycount
WHERE hour >= %(since)s AND hour < %(until)s GROUP BY hour, status
"""
BY_SLICE = """
SELECT application_id, category, status, wait, sum(count)::float8 FROM messaging_hourlycount
WHERE hour >= %(since)s AND hour < %(until)s GROUP BY application_id, category, status, wait
ORDER BY application_id, category
"""


def figures(day: Day, *, whole_last_hour: bool) -> Figures:
    """Return a day's figures. A day that is over has counts of a whole last hour, of which the passed part is taken."""
    share = 1.0 if whole_last_hour else day.share_of_last
    return _figures(_rows(OF_DAY, since=day.since, last=day.last_hour, share=share))


def by_hour(since: datetime, until: datetime) -> dict[datetime, dict[str, int]]:
    """Return the counts of each hour in which there was something, by status."""
    hours: dict[datetime, dict[str, int]] = defaultdict(dict)
    for hour, status, count in _rows(BY_HOUR, since=since, until=until):
        hours[hour][status] = count
    return dict(hours)


def by_slice(since: datetime, until: datetime) -> list[Slice]:
    """Return figures for each application and category of which there was something, in this order."""
    grouped: dict[tuple[int, str], list[tuple[str, int | None, float]]] = defaultdict(list)
    for application_id, category, *row in _rows(BY_SLICE, since=since, until=until):
        grouped[application_id, category].append((row[0], row[1], row[2]))
    return [Slice(*key, _figures(rows)) for key, rows in grouped.items()]


def _figures(rows: Iterable[tuple[Any, ...]]) -> Figures:
    counts: dict[str, float] = defaultdict(float)
    waits = [0.0] * CLASSES
    for status, wait, count in rows:
        counts[status] += count
        if wait is not None:
            waits[wait] += count
    return Figures(dict(counts), waits)


def _rows(query: str, **parameters: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(query, parameters)
        return list(cursor.fetchall())


ACCEPTED = HourlyCount.ACCEPTED
