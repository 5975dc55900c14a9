"""What the database itself says of a run: the figures' clock, and the proof that nothing is missing."""

import uuid
from dataclasses import dataclass
from typing import Any

import psycopg

from smsgateway.benchmark.yardstick import checkpoint
from smsgateway.local.errors import LocalError

# What grows with messages; what says who may send stays.
GROWING = (
    *("message", "batch", "chunk", "attempt", "event", "queuedsingle"),
    *("deliveryreport", "upstreampayload", "extramid", "inboundmessage"),
    *("idempotencykey", "recentsend"),
)
EMPTY = f"TRUNCATE {', '.join(f'messaging_{name}' for name in GROWING)} CASCADE"
EMPTY_SENDERS = "TRUNCATE accounts_application, accounts_upstreamaccount CASCADE"
# Books refuse to be emptied, by triggers that do not fire for a replica. An owner who may not pose as one has no
# trouble while the books are empty.
AS_REPLICA = """
SELECT set_config('session_replication_role', 'replica', true)
WHERE has_parameter_privilege('session_replication_role', 'SET')
"""

# chunks_due, singles_due and attempts_live serve it: it is asked often while the workers work.
WAITS = """
SELECT EXISTS (SELECT FROM messaging_chunk WHERE state = 'queued' AND due_at <= statement_timestamp())
    OR EXISTS (SELECT FROM messaging_queuedsingle WHERE due_at <= statement_timestamp())
    OR EXISTS (SELECT FROM messaging_attempt WHERE state IN ('prepared', 'in_flight'))
"""
# Some hundred rows of the primary key, one a call or a page.
CALLS = "SELECT count(*) FROM messaging_attempt WHERE id >= %s"
REPORTS = "SELECT coalesce(sum(reports), 0) FROM messaging_upstreampayload WHERE state = 'read' AND id >= %s"

END_ROUTE = """
DELETE FROM accounts_route USING accounts_upstreamaccount a WHERE a.id = upstream_account_id AND a.name = %s
"""

# Limits that are never reached, but are kept; NULL and false: none.
GUARD = """
UPDATE accounts_application SET requires_idempotency_key = %(on)s, limits_frequency = %(on)s,
    same_content_seconds = CASE WHEN %(on)s THEN 600 END, rate_per_second = CASE WHEN %(on)s THEN 100000 END,
    daily_quota = CASE WHEN %(on)s THEN 1000000000000 END, monthly_quota = CASE WHEN %(on)s THEN 1000000000000 END
WHERE name = %(name)s
"""

SPAN = """
SELECT extract(epoch FROM max(submitted_at) - min(created_at)), extract(epoch FROM max(final_at) - min(created_at))
FROM messaging_message WHERE id >= %s
"""
STATES = "SELECT state, count(*) FROM messaging_message WHERE id >= %s GROUP BY state"
DISK = """
SELECT sum(pg_total_relation_size(oid)) FROM pg_class
WHERE relkind = 'r' AND starts_with(relname, 'messaging_')
"""
INGEST = """
SELECT extract(epoch FROM (SELECT max(final_at) FROM messaging_message WHERE id >= %(since)s) - min(started_at))
FROM messaging_upstreampayload WHERE id >= %(since)s AND reports > 0
"""


TRIES = 20


@dataclass(frozen=True)
class Span:
    """Seconds from the first accept to the last mid and to the last report; 0 where there was none."""

    to_submitted: float
    to_final: float


class Database:
    """One connection beside the service's own."""

    def __init__(self, url: str) -> None:
        self.connection = psycopg.connect(url, autocommit=True)

    def close(self) -> None:
        self.connection.close()

    def is_in_use(self) -> bool:
        """Whether anybody's tables stand there, or applications of a service like ours."""
        if self.value("SELECT to_regclass('accounts_application')") is None:
            return bool(self.value("SELECT EXISTS (SELECT FROM pg_stat_user_tables)"))
        return bool(self.value("SELECT EXISTS (SELECT FROM accounts_application)"))

    def mark(self) -> uuid.UUID:
        """Below every id that is made from now on: ids begin with the milliseconds of their making."""
        return uuid.UUID(int=int(self.value("SELECT clock_timestamp()").timestamp() * 1000) << 80)

    def forget_messages(self) -> None:
        """Begin with empty tables."""
        self._truncate(EMPTY)
        checkpoint(self.connection)

    def forget_everything(self) -> None:
        """Leave a database that was empty as it was, but for its tables; the books are emptied too."""
        self._truncate(AS_REPLICA, EMPTY)  # no foreign key leads from messages to their application
        self._truncate(AS_REPLICA, EMPTY_SENDERS)

    def guard(self, application: str, *, on: bool) -> None:
        """Have every limit and guard of an application in force, or none."""
        self.connection.execute(GUARD, {"name": application, "on": on})

    def end_route(self, account: str) -> None:
        """Send nothing any more to a simulator that ends."""
        self.connection.execute(END_ROUTE, [account])

    def _truncate(self, *statements: str) -> None:
        """A periodic job may be in the tables at this moment, so a deadlock is tried again."""
        for _try in range(TRIES):
            try:
                with self.connection.transaction():
                    for statement in statements:
                        self.connection.execute(statement)
            except psycopg.errors.DeadlockDetected:
                continue
            return
        raise LocalError("The tables could not be emptied: something holds them.")

    def nothing_waits(self) -> bool:
        return not self.value(WAITS)

    def calls(self, since: uuid.UUID) -> int:
        return int(self.value(CALLS, since))

    def reports_read(self, since: uuid.UUID) -> int:
        return int(self.value(REPORTS, since))

    def ingest_seconds(self, since: uuid.UUID) -> float:
        """From the beginning of the first pull that brought reports to the last message that they ended."""
        return float(self.value(INGEST, since=since))

    def span(self, since: uuid.UUID) -> Span:
        return Span(*(float(seconds or 0) for seconds in self.row(SPAN, since)))

    def states(self, since: uuid.UUID) -> dict[str, int]:
        return dict(self.connection.execute(STATES, [since]).fetchall())

    def mids(self, since: uuid.UUID) -> dict[str, str]:
        """The mid of each number."""
        found = self.connection.execute("SELECT mobile, mid FROM messaging_message WHERE id >= %s", [since])
        return dict(found.fetchall())

    def disk_bytes(self) -> int:
        return int(self.value(DISK))

    def value(self, query: str, *parameters: object, **named: object) -> Any:
        """The first column of the first row."""
        return self.row(query, *parameters, **named)[0]

    def row(self, query: str, *parameters: object, **named: object) -> tuple[Any, ...]:
        """The first row."""
        return self.connection.execute(query, named or parameters).fetchone() or (None,)
