"""When something would be submitted: what waits before it, at the rate that was measured."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from django.db import connection
from django.utils import timezone

from accounts.models import Application, UpstreamAccount

LOOKS_BACK_SECONDS = 300
MOST_CALLS = 200


class Unforeseen(StrEnum):
    """Why nobody can say when."""

    NOT_ACCEPTED = "not_accepted"
    HELD = "held"
    NO_ROUTE = "no_route"
    NOTHING_MEASURED = "nothing_measured"


@dataclass(frozen=True)
class Estimate:
    """When the last message of a request would be submitted; `reason` says why there is no time.

    `due_messages` wait in the lane, the application's own and others'; `messages_per_second` is what the account was
    given of this lane in the last minutes, while it was given any.
    """

    at: datetime | None
    seconds: float | None
    reason: Unforeseen | None = None
    due_messages: int | None = None
    messages_per_second: float | None = None


@dataclass(frozen=True)
class Queue:
    """Messages that are due in a lane, and the applications they belong to."""

    ours: int
    all: int
    other_applications: int

    def before_the_last_of(self, messages: int) -> int:
        """Applications take turns: so many go until the last of an application's next messages has gone."""
        return min((self.ours + messages) * (self.other_applications + 1), self.all + messages)


# chunks_due and singles_due.
QUEUE = """
SELECT coalesce(sum(d.messages) FILTER (WHERE d.application_id = %(application)s), 0)::bigint,
       coalesce(sum(d.messages), 0)::bigint,
       count(DISTINCT d.application_id) FILTER (WHERE d.application_id <> %(application)s)
FROM (
    SELECT application_id, sum(size) AS messages FROM messaging_chunk
    WHERE state = 'queued' AND category = %(lane)s AND due_at <= statement_timestamp() GROUP BY application_id
    UNION ALL
    SELECT application_id, count(*) FROM messaging_queuedsingle
    WHERE category = %(lane)s AND due_at <= statement_timestamp() GROUP BY application_id
) d JOIN accounts_application a ON a.id = d.application_id AND a.environment = %(environment)s
"""

# attempts_of_account, then chunks by their primary key. Calls overlap, and between them an account may have had nothing
# to do: only the time in which at least one was under way counts.
RATE = """
SELECT sum(sent.size), extract(epoch FROM sum(
           greatest(sent.ended_at - greatest(sent.prepared_at, sent.busy_until), interval '0')))::float8
FROM (
    SELECT t.prepared_at, t.ended_at, c.size - cardinality(t.left_out) AS size,
           max(t.ended_at) OVER (ORDER BY t.prepared_at ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS busy_until
    FROM (
        SELECT chunk_id, prepared_at, ended_at, left_out FROM messaging_attempt
        WHERE upstream_account_id = %(account)s AND category = %(lane)s AND state = 'answered'
          AND prepared_at > statement_timestamp() - make_interval(secs => %(looks_back)s)
        ORDER BY prepared_at DESC LIMIT %(most)s
    ) t JOIN messaging_chunk c ON c.id = t.chunk_id
) sent
"""


def queue_of(application: Application, lane: str) -> Queue:
    """Return what is due in a lane, of the applications of the same environment."""
    given: dict[str, Any] = {
        "application": application.pk,
        "lane": lane,
        "environment": application.environment,
    }
    with connection.cursor() as cursor:
        cursor.execute(QUEUE, given)
        return Queue(*cursor.fetchone())


def rate_of(account: UpstreamAccount, lane: str) -> float | None:
    """Return the messages a second that an account took of a lane in the last minutes; None when it took none."""
    given: dict[str, Any] = {
        "account": account.pk,
        "lane": lane,
        "looks_back": LOOKS_BACK_SECONDS,
        "most": MOST_CALLS,
    }
    with connection.cursor() as cursor:
        cursor.execute(RATE, given)
        messages, seconds = cursor.fetchone()
    return round(float(messages) / seconds, 3) if messages and seconds else None


def estimate(
    application: Application, account: UpstreamAccount, lane: str, messages: int, send_at: datetime | None
) -> Estimate:
    """Foresee when the last of an application's new messages is submitted; at `send_at`, the queue is not known yet."""
    queue, rate, now = queue_of(application, lane), rate_of(account, lane), timezone.now()
    if send_at and send_at > now:
        return Estimate(send_at, round((send_at - now).total_seconds(), 3), None, queue.all, rate)
    if rate is None:
        return Estimate(None, None, Unforeseen.NOTHING_MEASURED, queue.all)
    seconds = round(queue.before_the_last_of(messages) / rate, 3)
    return Estimate(now + timedelta(seconds=seconds), seconds, None, queue.all, rate)
