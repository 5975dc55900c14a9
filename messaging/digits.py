"""Whose number ends in some digits: everybody who was written to, or wrote, on one day.

No index knows how a number ends: one more on the messages would cost every accept, for a question that staff ask a few
times a day. So the day is read hour by hour, newest first, for some seconds at most, and it is said how far that came.
"""

import time
import uuid
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import connection
from django.utils.timezone import get_current_timezone

from messaging.ids import first_id

STEP = timedelta(hours=1)
MOST_SECONDS = 2.0  # then no further hour is begun
MOST_FOUND = 50


@dataclass(frozen=True)
class Candidate:
    """One number that ends so: how many messages it had, and the id of its newest."""

    mobile: str
    messages: int
    newest: uuid.UUID


@dataclass(frozen=True)
class Candidates:
    """Those found, newest first. `since`: it was looked back to there; None when the whole day was read."""

    found: list[Candidate]
    since: datetime | None


# The primary key serves both, by range: it reads what was sent in that hour, and of it the number only.
ENDING_IN = """
SELECT mobile, count(*), max(id::text)::uuid FROM (
    SELECT mobile, id FROM messaging_message
    WHERE id >= %(first)s AND id < %(last)s AND right(mobile, length(%(digits)s)) = %(digits)s
    UNION ALL
    SELECT mobile, id FROM messaging_inboundmessage
    WHERE id >= %(first)s AND id < %(last)s AND right(mobile, length(%(digits)s)) = %(digits)s
) written GROUP BY mobile
"""


def numbers_ending_in(digits: str, day: date, *, until: datetime | None = None) -> Candidates:
    """Return the numbers that end in `digits` and had a message on `day` of the current time zone.

    `until` (aware) goes on where an earlier look has stopped.
    """
    begins, ends = bounds_of(day)
    ceiling = min(until, ends) if until else ends
    stop = time.monotonic() + MOST_SECONDS
    found: dict[str, Candidate] = {}
    while ceiling > begins and len(found) < MOST_FOUND and time.monotonic() < stop:
        floor = max(begins, ceiling - STEP)
        _add(found, _read(digits, floor, ceiling))
        ceiling = floor
    newest_first = sorted(found.values(), key=lambda candidate: candidate.newest, reverse=True)
    return Candidates(newest_first, ceiling if ceiling > begins else None)


def bounds_of(day: date) -> tuple[datetime, datetime]:
    """Return when a day begins and ends in the current time zone."""
    zone = get_current_timezone()
    midnight = datetime.min.time()
    return (
        datetime.combine(day, midnight, tzinfo=zone),
        datetime.combine(day + timedelta(days=1), midnight, tzinfo=zone),
    )


def _read(digits: str, floor: datetime, ceiling: datetime) -> list[Candidate]:
    with connection.cursor() as cursor:
        cursor.execute(ENDING_IN, {"digits": digits, "first": first_id(floor), "last": first_id(ceiling)})
        return [Candidate(*row) for row in cursor.fetchall()]


def _add(found: dict[str, Candidate], earlier: list[Candidate]) -> None:
    for candidate in earlier:
        known = found.get(candidate.mobile)
        found[candidate.mobile] = (
            Candidate(known.mobile, known.messages + candidate.messages, known.newest) if known else candidate
        )
