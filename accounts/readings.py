"""What balance readings tell: how fast the money goes, and its curve. In 厘 (0.001 CNY)."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection

LEAST_HOURS = 0.25  # a shorter time says nothing of the rate


@dataclass(frozen=True)
class Spending:
    """What went within some time; rises, which are top-ups, are left out."""

    spent: int
    hours: float

    def hours_left(self, balance: int) -> float | None:
        """Return how long a balance lasts if it goes on like this; None when nobody can say."""
        if balance <= 0 or self.spent <= 0 or self.hours < LEAST_HOURS:
            return None
        return balance / self.spent * self.hours


# balance_history serves both.
SPENT = """
SELECT upstream_account_id, coalesce(sum(-change) FILTER (WHERE change < 0), 0)::bigint,
       extract(epoch FROM max(read_at) - min(read_at))::float8 / 3600
FROM (SELECT upstream_account_id, read_at,
             balance - lag(balance) OVER (PARTITION BY upstream_account_id ORDER BY read_at) AS change
      FROM accounts_balancereading WHERE upstream_account_id = ANY(%(accounts)s) AND read_at >= %(since)s) steps
GROUP BY upstream_account_id
"""
CURVE = """
SELECT DISTINCT ON (upstream_account_id, step)
       upstream_account_id, balance, date_bin(%(step)s, read_at, %(since)s) AS step
FROM accounts_balancereading WHERE upstream_account_id = ANY(%(accounts)s) AND read_at >= %(since)s
ORDER BY upstream_account_id, step, read_at DESC
"""


def spending(account_ids: Sequence[int], since: datetime) -> dict[int, Spending]:
    """Return what each account spent since a moment; one without readings is left out."""
    rows = _rows(SPENT, accounts=list(account_ids), since=since)
    return {account: Spending(spent, hours) for account, spent, hours in rows}


def curves(
    account_ids: Sequence[int], since: datetime, step: timedelta
) -> dict[int, list[tuple[datetime, int]]]:
    """Return each account's readings since a moment, the last of each step, oldest first."""
    found: dict[int, list[tuple[datetime, int]]] = defaultdict(list)
    for account, balance, begins in _rows(CURVE, accounts=list(account_ids), since=since, step=step):
        found[account].append((begins, balance))
    return dict(found)


def _rows(query: str, **parameters: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(query, parameters)
        return list(cursor.fetchall())
