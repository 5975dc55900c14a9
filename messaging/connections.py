"""How many calls an upstream account may carry at once: its live attempts are counted, so nothing can leak.

STATUS 21 shrinks the number; it grows back by one every quarter of a minute. A share of it is kept for one-time
passwords, whatever waits in the other lanes; of a single connection nothing can be kept.
"""

from typing import Any

from django.conf import settings
from django.db import connection

from messaging.prepared import prepared_cursor
from messaging.states import Category

ACCOUNT_LOCK = 7201  # first key of the advisory lock under which an account's connections are counted
GROWS_EVERY_SECONDS = 15

LIMIT = """
least(a.max_connections, coalesce(
    a.throttled_to + floor(extract(epoch FROM statement_timestamp() - a.throttled_at) / %(grows)s)::int,
    a.max_connections))
"""
RESERVED = """
CASE WHEN %(share)s > 0 AND c.most > 1 THEN least(c.most - 1, greatest(1, floor(c.most * %(share)s)::int)) ELSE 0 END
"""
# attempts_live serves the count.
COUNTED = f"""
FROM accounts_upstreamaccount a
CROSS JOIN LATERAL (SELECT {LIMIT} AS most) c
CROSS JOIN LATERAL (SELECT {RESERVED} AS reserved) r
CROSS JOIN LATERAL (
    SELECT count(*) AS lanes, count(*) FILTER (WHERE t.category <> 'otp') AS others FROM messaging_attempt t
    WHERE t.upstream_account_id = a.id AND t.state IN ('prepared', 'in_flight')) live
"""  # noqa: S608  (constants)
FOR_OTHERS = "least(c.most - live.lanes, c.most - r.reserved - live.others)"
FREE = f"SELECT a.name, {FOR_OTHERS} {COUNTED} WHERE a.is_active"
# Two statements: the second one's snapshot is taken when the lock is held, so it counts whoever held it before.
LOCK = "SELECT pg_advisory_xact_lock(%(lock)s::int, %(account)s::int)"
HAS_FREE = f"""
SELECT CASE WHEN %(otp)s THEN c.most - live.lanes ELSE {FOR_OTHERS} END > 0 {COUNTED} WHERE a.id = %(account)s
"""

# A storm of refusals at one moment is one reason to shrink, not twenty.
SHRINK = f"""
UPDATE accounts_upstreamaccount a SET throttled_to = greatest(1, {LIMIT} / 2), throttled_at = statement_timestamp()
WHERE a.id = %(account)s
  AND (a.throttled_at IS NULL OR a.throttled_at < statement_timestamp() - interval '1 second')
RETURNING throttled_to
"""  # noqa: S608


def has_free(account_id: int, lane: str) -> bool:
    """Return whether one more call of a lane may start, under a lock that ends with the caller's transaction: exact."""
    with prepared_cursor() as cursor:
        cursor.execute(LOCK, {"lock": ACCOUNT_LOCK, "account": account_id})
        cursor.execute(HAS_FREE, _rules() | {"account": account_id, "otp": lane == Category.OTP})
        return bool(cursor.fetchone()[0])


def free_by_account() -> list[tuple[str, int]]:
    """Return each active account with the calls it could still take, besides those kept for one-time passwords."""
    with connection.cursor() as cursor:
        cursor.execute(FREE, _rules())
        return list(cursor.fetchall())


def shrink(account_id: int) -> int | None:
    """Halve what the account carries at once; return the new number, or None when it has just been halved."""
    with connection.cursor() as cursor:
        cursor.execute(SHRINK, _rules() | {"account": account_id})
        row = cursor.fetchone()
        return int(row[0]) if row else None


def _rules() -> dict[str, Any]:
    return {"grows": GROWS_EVERY_SECONDS, "share": settings.OTP_CONNECTION_SHARE}
