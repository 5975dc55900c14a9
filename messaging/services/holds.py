"""What ends a hold: evidence from the gateway, one message that passes as a trial, or a person.

cause            asked by                                      how often
unreachable      `balance`: any answer ends it                 5 s, doubled up to 60 s
tls              `balance`: any answer ends it                 1 to 15 min
refused_login    `balance` answers 0 (codes 2, 3, 7)           1 to 15 min; tried at once when the account is saved
                 one message (codes 4, 6)                      15 min
no_credit        `balance` has risen, or is postpaid by now;   1 min
                 one message                                   5 min
wrong_extno,     one message                                   15 min
bad_signature
internal_error   one message                                   1 to 15 min
others           only a person
"""

import uuid
from dataclasses import dataclass
from datetime import timedelta

import structlog
from django.db import transaction
from django.db.models import F, Q
from django.db.models.functions import Now

from accounts.encryption import WrongEncryptionKey
from accounts.models import Environment
from accounts.services import record_balance
from messaging import holding
from messaging.models import Hold
from messaging.upstream import client_for
from messaging.vendor import errors
from messaging.vendor.answers import Balance

log = structlog.get_logger(__name__)

Cause = Hold.Cause
NOT_BY_BALANCE = frozenset({"4", "6"})
AT_A_TIME = 20


@dataclass(frozen=True)
class Probe:
    """How a cause is probed; pauses in seconds, doubled from the first to the last."""

    first: float
    last: float
    asks_balance: bool = True
    trial_every: int | None = None  # a trial at every so manieth probe


PROBES = {
    Cause.UNREACHABLE: Probe(5, 60),
    Cause.TLS: Probe(60, 900),
    Cause.REFUSED_LOGIN: Probe(60, 900),
    Cause.NO_CREDIT: Probe(60, 60, trial_every=5),
    Cause.WRONG_EXTNO: Probe(900, 900, asks_balance=False, trial_every=1),
    Cause.BAD_SIGNATURE: Probe(900, 900, asks_balance=False, trial_every=1),
    Cause.INTERNAL_ERROR: Probe(60, 900, asks_balance=False, trial_every=1),
}
TRIED_ON_SAVE = (Cause.UNREACHABLE, Cause.TLS, Cause.REFUSED_LOGIN)
ONE_MESSAGE = Probe(900, 900, asks_balance=False, trial_every=1)


def probe_due() -> int:
    """Look for the evidence that each hold whose probe is due waits for; return how many ended."""
    return sum(_probe(hold) for hold in _take_due())


@transaction.atomic
def _take_due() -> list[Hold]:
    """Set the next probe before this one is made: two probers never ask for the same hold."""
    saved = Q(cause__in=TRIED_ON_SAVE, upstream_account__changed_at__gt=F("probed_at"))
    due = list(
        holding.in_force()
        .filter(Q(next_probe_at__lte=Now()) | saved)
        .select_related("upstream_account")
        .select_for_update(skip_locked=True, of=("self",))[:AT_A_TIME]
    )
    for hold in due:
        probe = _probe_of(hold)
        pause = timedelta(seconds=min(probe.first * 2**hold.probes, _longest(hold, probe)))
        by_person = hold.next_probe_at is None
        Hold.objects.filter(pk=hold.pk).update(
            probes=F("probes") + 1, probed_at=Now(), next_probe_at=None if by_person else Now() + pause
        )
    return due


def _longest(hold: Hold, probe: Probe) -> float:
    account = hold.upstream_account
    sandbox = account is not None and account.environment == Environment.SANDBOX
    return min(probe.last, holding.SANDBOX_SECONDS) if sandbox else probe.last


def _probe_of(hold: Hold) -> Probe:
    if hold.cause == Cause.REFUSED_LOGIN and hold.code in NOT_BY_BALANCE:
        return ONE_MESSAGE
    return PROBES.get(Cause(hold.cause), ONE_MESSAGE)


def _probe(hold: Hold) -> bool:
    probe = _probe_of(hold)
    if probe.trial_every and (hold.probes + 1) % probe.trial_every == 0:
        _open_trial(hold)
    return probe.asks_balance and _ask_balance(hold)


def _open_trial(hold: Hold) -> None:
    """Let one message pass; what becomes of it is the evidence."""
    holding.in_force().filter(pk=hold.pk).update(trial_open=True)
    holding.make_parked_due()
    log.info("trial_opened", hold=hold.pk, cause=hold.cause, account=hold.upstream_account_id)


def _ask_balance(hold: Hold) -> bool:
    if hold.upstream_account is None:
        return False
    try:
        answer = client_for(hold.upstream_account).balance()
    except (errors.NeverLeft, WrongEncryptionKey):
        return False
    except errors.VendorError as error:
        # It answers, if only to refuse: that ends what stood between us, and nothing else.
        return hold.cause in (Cause.UNREACHABLE, Cause.TLS) and holding.end(hold, by=f"probe: {error.reason}")
    if answer.balance is not None:
        record_balance(hold.upstream_account.pk, answer.balance, answer.charge_type or "")
    return _disproved(hold, answer) and holding.end(hold, by="probe")


def _disproved(hold: Hold, answer: Balance) -> bool:
    if hold.cause != Cause.NO_CREDIT or answer.charge_type == "POSTCHARGE":
        return True
    return answer.balance is not None and hold.balance is not None and answer.balance > hold.balance


def pause(
    *, by: str, why: str = "", account_id: int | None = None, application_id: int | None = None
) -> bool:
    """Send nothing through an upstream account, of an application, or (without either) at all, until a person resumes.

    Where something is held already, that hold becomes a person's: no evidence ends it any more. Return False when a
    person had paused it before. What is being submitted at this moment still goes.
    """
    scope = Hold.Scope.EVERYTHING
    if account_id:
        scope = Hold.Scope.ACCOUNT
    elif application_id:
        scope = Hold.Scope.APPLICATION
    reason = holding.Reason(Cause.PERSON, detail=f"{by}: {why}" if why else by)
    placed = holding.place(account_id, reason, probe_after=None, scope=scope, application_id=application_id)
    return placed or holding.take_over(scope, account_id, application_id, detail=reason.detail)


def pause_batch(batch_id: uuid.UUID, *, by: str, why: str = "") -> bool:
    """Send no more of a batch until a person releases the hold; return False when it was paused before.

    What is being submitted at this moment still goes.
    """
    reason = holding.Reason(Cause.PERSON, detail=f"{by}: {why}" if why else by)
    return holding.place(None, reason, probe_after=None, scope=Hold.Scope.BATCH, batch_id=batch_id)


def release(hold: Hold, *, by: str) -> bool:
    """End a hold because a person says so; return False when it had ended before."""
    return holding.end(hold, by=by)
