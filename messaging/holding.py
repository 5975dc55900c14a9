"""Holds as facts: put in force, looked up, passed by a trial, ended. When one ends is decided in `services.holds`."""

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import structlog
from django.db import connection
from django.db.models import QuerySet
from django.db.models.functions import Now

from accounts.models import UpstreamAccount
from messaging.models import Attempt, Hold
from messaging.numbers import carrier
from messaging.text import signature

log = structlog.get_logger(__name__)

Scope = Hold.Scope

# What an accepted message disproves; `balance` alone can't say all of it.
DISPROVED_BY_ACCEPTANCE = (
    Hold.Cause.REFUSED_LOGIN,
    Hold.Cause.NO_CREDIT,
    Hold.Cause.WRONG_EXTNO,
    Hold.Cause.BAD_SIGNATURE,
    Hold.Cause.INTERNAL_ERROR,
)


# In a sandbox things go wrong on purpose, and whoever tries the next thing shall not wait for long.
SANDBOX_SECONDS = 10.0


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


def everything_held() -> Hold | None:
    """Return the hold that keeps everything back, if one does. Index: one_hold_in_force."""
    return in_force().filter(scope=Scope.EVERYTHING).first()


PLACE = """
INSERT INTO messaging_hold
    (scope, upstream_account_id, application_id, batch_id, value, cause, code_table, code, detail, balance, ended_by,
     next_probe_at)
VALUES (%(scope)s, %(account)s, %(application)s, %(batch)s, %(value)s, %(cause)s, %(code_table)s, %(code)s,
        %(detail)s, %(balance)s, '',
        statement_timestamp() + make_interval(secs => CASE WHEN %(probe_after)s::float8 IS NOT NULL THEN
            least(%(probe_after)s::float8, (SELECT %(sandbox)s FROM accounts_upstreamaccount
                                            WHERE id = %(account)s AND environment = 'sandbox')) END))
ON CONFLICT DO NOTHING RETURNING id
"""


def place(
    account_id: int | None,
    reason: Reason,
    *,
    probe_after: float | None,
    scope: Hold.Scope = Scope.ACCOUNT,
    value: str = "",
    application_id: int | None = None,
    batch_id: uuid.UUID | None = None,
) -> bool:
    """Hold an upstream account, one extno, signature or carrier on it; an application; a batch; or everything.

    Return False when it was held already. `probe_after` is in seconds; None: only a person ends it.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            PLACE,
            {
                "scope": scope,
                "account": account_id,
                "application": application_id,
                "batch": batch_id,
                "value": value,
                "cause": reason.cause,
                "code_table": reason.code_table,
                "code": reason.code,
                "detail": reason.detail[:300],
                "balance": reason.balance,
                "probe_after": probe_after,
                "sandbox": SANDBOX_SECONDS,
            },
        )
        placed = cursor.fetchone() is not None
    if placed:
        log.warning(
            "hold_in_force", scope=scope, account=account_id, application=application_id,
            batch=str(batch_id) if batch_id else None, cause=reason.cause, code=reason.code,
        )  # fmt: skip
    return placed


def take_over(scope: Hold.Scope, account_id: int | None, application_id: int | None, *, detail: str) -> bool:
    """Make the hold in force there a person's, which only a person ends; return False when it was one before."""
    there = in_force().filter(scope=scope, upstream_account=account_id, application=application_id, value="")
    taken = there.exclude(cause=Hold.Cause.PERSON).update(
        cause=Hold.Cause.PERSON, detail=detail[:300], next_probe_at=None, trial_open=False
    )
    return bool(taken)


def end(hold: Hold, *, by: str) -> bool:
    """End a hold and make what it kept due now; return False when it had ended before."""
    ended = in_force().filter(pk=hold.pk).update(ended_at=Now(), ended_by=by[:200])
    if ended:
        log.info("hold_ended", scope=hold.scope, account=hold.upstream_account_id, cause=hold.cause, by=by)
        make_parked_due()
    return bool(ended)


def end_disproved(attempt: Attempt, accepted: Sequence[tuple[str, str]]) -> None:
    """End the holds that an attempt's accepted messages, as (mobile, text), disprove.

    Only holds older than the call: one that was placed meanwhile knows more than this answer.
    """
    account_holds = in_force().filter(
        upstream_account_id=attempt.upstream_account_id,
        cause__in=DISPROVED_BY_ACCEPTANCE,
        since__lt=attempt.called_at,
    )
    for hold in account_holds:
        proof: dict[str, bool] = {
            Scope.ACCOUNT: True,
            Scope.EXTNO: hold.value == attempt.extno,
            Scope.CARRIER: any(hold.value == carrier(mobile) for mobile, _text in accepted),
            Scope.SIGNATURE: any(hold.value == signature(text) for _mobile, text in accepted),
        }
        if proof.get(hold.scope, False):
            end(hold, by="an accepted message")


def make_parked_due() -> None:
    """Let every chunk that no account could take be looked at now; a few rows, not their messages."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE messaging_chunk SET due_at = statement_timestamp(), parked = false"
            " WHERE state = 'queued' AND parked"
        )


def use_trial(hold: Hold) -> bool:
    """Take the one passage that an open trial grants; return False when somebody else took it."""
    return bool(in_force().filter(pk=hold.pk, trial_open=True).update(trial_open=False))


class Restraints:
    """The holds in force, read once for many questions: a few rows."""

    def __init__(self, holds: Iterable[Hold]) -> None:
        self._holds = list(holds)

    @classmethod
    def in_force(cls) -> "Restraints":
        return cls(in_force().select_related("upstream_account"))

    def hold_chunk(self, application_id: int, batch_id: uuid.UUID | None) -> Hold | None:
        """Return what keeps a chunk back whichever account would take it."""
        for hold in self._holds:
            about = {
                Scope.EVERYTHING: True,
                Scope.APPLICATION: hold.application_id == application_id,
                Scope.BATCH: batch_id is not None and hold.batch_id == batch_id,
            }
            if about.get(Scope(hold.scope), False):
                return hold
        return None

    def hold_account(self, account: UpstreamAccount, extno: str) -> Hold | None:
        """Return what keeps an account, or this extno on it, from sending."""
        for hold in self._of(account):
            if hold.scope == Scope.ACCOUNT or (hold.scope == Scope.EXTNO and hold.value == extno):
                return hold
        return None

    def hold_message(self, account: UpstreamAccount, mobile: str, text: str) -> Hold | None:
        """Return what keeps one message from an account that others may take: its carrier or its signature."""
        for hold in self._of(account):
            if hold.scope == Scope.CARRIER and hold.value == carrier(mobile):
                return hold
            if hold.scope == Scope.SIGNATURE and hold.value == signature(text):
                return hold
        return None

    def some_messages_held(self, account: UpstreamAccount) -> bool:
        """Return whether `hold_message` could say anything at all."""
        return any(hold.scope in (Scope.CARRIER, Scope.SIGNATURE) for hold in self._of(account))

    def _of(self, account: UpstreamAccount) -> Iterable[Hold]:
        return (hold for hold in self._holds if hold.upstream_account_id == account.pk)
