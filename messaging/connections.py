"""How many calls an upstream account may carry at once: its live attempts are counted, so nothing can leak.

STATUS 21 shrinks the number; it grows back by one every quarter of a minute.
"""

from django.db import connection

ACCOUNT_LOCK = 7201  # first key of the advisory lock under which an account's connections are counted
GROWS_EVERY_SECONDS = 15

# attempts_live serves the count.
LIMIT = """
least(a.max_connections, coalesce(
    a.throttled_to + floor(extract(epoch FROM statement_timestamp() - a.throttled_at) / %(grows)s)::int,
    a.max_connections))
"""
LIVE = """
(SELECT count(*) FROM messaging_attempt t WHERE t.upstream_account_id = a.id AND t.state IN ('prepared', 'in_flight'))
"""
FREE = f"SELECT a.name, {LIMIT} - {LIVE} FROM accounts_upstreamaccount a WHERE a.is_active"  # noqa: S608  (constants)
HAS_FREE = f"SELECT {LIMIT} > {LIVE} FROM accounts_upstreamaccount a WHERE a.id = %(account)s"  # noqa: S608

# A storm of refusals at one moment is one reason to shrink, not twenty.
SHRINK = f"""
UPDATE accounts_upstreamaccount a SET throttled_to = greatest(1, {LIMIT} / 2), throttled_at = statement_timestamp()
WHERE a.id = %(account)s
  AND (a.throttled_at IS NULL OR a.throttled_at < statement_timestamp() - interval '1 second')
RETURNING throttled_to
"""  # noqa: S608


def has_free(account_id: int) -> bool:
    """Return whether one more call may start, under a lock that ends with the caller's transaction: exact."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [ACCOUNT_LOCK, account_id])
        cursor.execute(HAS_FREE, {"account": account_id, "grows": GROWS_EVERY_SECONDS})
        return bool(cursor.fetchone()[0])


def free_by_account() -> list[tuple[str, int]]:
    """Return each active account with the calls it could still take."""
    with connection.cursor() as cursor:
        cursor.execute(FREE, {"grows": GROWS_EVERY_SECONDS})
        return list(cursor.fetchall())


def shrink(account_id: int) -> int | None:
    """Halve what the account carries at once; return the new number, or None when it has just been halved."""
    with connection.cursor() as cursor:
        cursor.execute(SHRINK, {"account": account_id, "grows": GROWS_EVERY_SECONDS})
        row = cursor.fetchone()
        return int(row[0]) if row else None
