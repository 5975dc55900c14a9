"""How often one number may be sent something, as Chinese carriers limit it; where an application asks for it."""

from collections.abc import Container, Sequence
from dataclasses import dataclass
from math import ceil
from typing import Any

from django.conf import settings
from django.db import connection
from django.utils.translation import gettext as _

from accounts.models import Application
from messaging import arrays
from messaging.prepared import prepared_cursor


class TooOften(Exception):
    """Some numbers have had their share; the transaction must be rolled back, or the others' share is used up."""

    def __init__(self, waits: dict[str, float]) -> None:
        super().__init__(f"{len(waits)} numbers")
        self.waits = waits


@dataclass(frozen=True)
class Limit:
    """At most so many in so many seconds."""

    most: int
    seconds: float


# Whoever comes second to a number waits for the first and then counts anew. In the order of the numbers, so that two
# sets can't deadlock.
TAKE = """
INSERT INTO messaging_recentsend (application_id, category, mobile, times)
SELECT %(application)s::bigint, %(category)s::text, mobile, ARRAY[statement_timestamp()]
FROM unnest(%(mobiles)s::text[]) AS given (mobile) ORDER BY mobile
ON CONFLICT (application_id, category, mobile) DO UPDATE SET times = ARRAY(
    SELECT t FROM unnest(messaging_recentsend.times) AS t
    WHERE t > statement_timestamp() - make_interval(secs => %(longest)s::float8)) || statement_timestamp()
WHERE NOT EXISTS (
    SELECT FROM unnest(%(most)s::int[], %(seconds)s::float8[]) AS l (most, seconds)
    WHERE (SELECT count(*) FROM unnest(messaging_recentsend.times) AS t
           WHERE t > statement_timestamp() - make_interval(secs => l.seconds)) >= l.most)
RETURNING mobile
"""

# A number may be used again when, for each limit, the oldest of its last `most` is out of sight.
WAITS = """
SELECT r.mobile, max(extract(epoch FROM r.times[cardinality(r.times) - l.most + 1] - statement_timestamp()) + l.seconds)
FROM messaging_recentsend r, unnest(%(most)s::int[], %(seconds)s::float8[]) AS l (most, seconds)
WHERE r.application_id = %(application)s AND r.category = %(category)s AND r.mobile = ANY(%(mobiles)s::text[])
  AND cardinality(r.times) >= l.most
GROUP BY r.mobile
"""


@dataclass(frozen=True)
class Share:
    """What some numbers are about to use up, each one message; `asked` is what `TAKE` and `WAITS` ask with."""

    mobiles: Sequence[str]
    asked: dict[str, Any]

    def take(self) -> None:
        """Count a message for each number, inside the transaction that stores them; raise `TooOften`.

        Index: the primary key.
        """
        with prepared_cursor() as cursor:
            cursor.execute(TAKE, self.asked)
            passed = {row[0] for row in cursor.fetchall()}
        if any(mobile not in passed for mobile in self.mobiles):
            raise self.refusal(passed)

    def refusal(self, passed: Container[str] = ()) -> TooOften:
        """Return what to raise, as not all have passed."""
        refused = [mobile for mobile in self.mobiles if mobile not in passed]
        waits = self.waits(refused)
        return TooOften({mobile: max(waits.get(mobile, 0.0), 1.0) for mobile in refused})

    def waits(self, mobiles: Sequence[str]) -> dict[str, float]:
        """Return the seconds until those numbers that have had their share may have another message."""
        with connection.cursor() as cursor:
            cursor.execute(WAITS, self.asked | {"mobiles": arrays.texts(mobiles)})
            return {mobile: float(seconds) for mobile, seconds in cursor.fetchall() if seconds > 0}


def share_of(application: Application, category: str, mobiles: Sequence[str]) -> Share | None:
    """Return what numbers, counted per application and category, would use up; None where nobody is limited."""
    limits = [Limit(*limit) for limit in settings.FREQUENCY_LIMITS.get(category, ())]
    if not limits or not application.limits_frequency:
        return None
    asked = {
        "application": application.pk,
        "category": category,
        "mobiles": arrays.texts(mobiles),
        "most": [limit.most for limit in limits],
        "seconds": [limit.seconds for limit in limits],
        "longest": max(limit.seconds for limit in limits),
    }
    return Share(mobiles, asked)


def waits(application: Application, category: str, mobiles: Sequence[str]) -> dict[str, float]:
    """Return the numbers that have had their share, and the seconds until the next may go; nothing is counted."""
    share = share_of(application, category, mobiles)
    return share.waits(mobiles) if share else {}


def too_often(seconds: float) -> str:
    """Say to a caller that a number has had its share."""
    text = _(
        "This number has had as many messages of this category as it may get. Try again in %(seconds)d seconds."
    )
    return text % {"seconds": ceil(seconds)}


FORGET = """
DELETE FROM messaging_recentsend r USING (
    SELECT application_id, category, mobile FROM messaging_recentsend
    WHERE times[cardinality(times)] < statement_timestamp() - make_interval(secs => %(longest)s)
    LIMIT %(most)s FOR UPDATE SKIP LOCKED) old
WHERE r.application_id = old.application_id AND r.category = old.category AND r.mobile = old.mobile
"""


def forget_old(most: int) -> int:
    """Delete numbers that no limit looks back to, at most so many; return how many. It reads the whole, small table."""
    every = [limit for limits in settings.FREQUENCY_LIMITS.values() for limit in limits]
    with connection.cursor() as cursor:
        cursor.execute(
            FORGET, {"longest": max((seconds for _most, seconds in every), default=0), "most": most}
        )
        return int(cursor.rowcount)
