"""Holds as facts: put in force, looked up, ended. When one ends is decided in `services.holds`."""

from dataclasses import dataclass

import structlog
from django.db import connection
from django.db.models import QuerySet
from django.db.models.functions import Now

from messaging.models import Hold

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Reason:
    """Why something is held: the cause and, where one was answered, the code."""

    cause: Hold.Cause
    code_table: str = ""
    code: str = ""
    detail: str = ""
    balance: int | None = None


def in_force() -> QuerySet[Hold]:
    return Hold.objects.filter(ended_at__isnull=True)


PLACE = """
INSERT INTO messaging_hold (scope, upstream_account_id, value, cause, code_table, code, detail, balance, ended_by,
                            next_probe_at)
VALUES (%(scope)s, %(account)s, %(value)s, %(cause)s, %(code_table)s, %(code)s, %(detail)s, %(balance)s, '',
        statement_timestamp() + make_interval(secs => %(probe_after)s))
ON CONFLICT DO NOTHING RETURNING id
"""


def place(
    account_id: int,
    reason: Reason,
    *,
    probe_after: float | None,
    scope: Hold.Scope = Hold.Scope.ACCOUNT,
    value: str = "",
) -> bool:
    """Hold an upstream account, or one extno, signature or carrier on it; return False when it was held already.

    `probe_after` is in seconds; None: only a person ends it.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            PLACE,
            {
                "scope": scope,
                "account": account_id,
                "value": value,
                "cause": reason.cause,
                "code_table": reason.code_table,
                "code": reason.code,
                "detail": reason.detail[:300],
                "balance": reason.balance,
                "probe_after": probe_after,
            },
        )
        placed = cursor.fetchone() is not None
    if placed:
        log.warning("hold_in_force", scope=scope, account=account_id, cause=reason.cause, code=reason.code)
    return placed


def end(hold: Hold, *, by: str) -> bool:
    """End a hold and make what it kept due now; return False when it had ended before."""
    ended = in_force().filter(pk=hold.pk).update(ended_at=Now(), ended_by=by[:200])
    if ended:
        log.info("hold_ended", scope=hold.scope, account=hold.upstream_account_id, cause=hold.cause)
        make_parked_due()
    return bool(ended)


def make_parked_due() -> None:
    """Let every chunk that no account could take be looked at now; a few rows, not their messages."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE messaging_chunk SET due_at = statement_timestamp(), parked = false"
            " WHERE state = 'queued' AND parked"
        )
