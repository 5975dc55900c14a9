"""What ends a hold: evidence from the gateway, or a person."""

from datetime import timedelta

import structlog
from django.db import transaction
from django.db.models.functions import Now

from accounts.encryption import WrongEncryptionKey
from accounts.services import record_balance
from messaging import holding
from messaging.models import Hold
from messaging.upstream import client_for
from messaging.vendor import errors
from messaging.vendor.answers import Balance

log = structlog.get_logger(__name__)

# cause → seconds to the next probe: the first wait, doubled each time up to the last
WAITS = {
    Hold.Cause.UNREACHABLE: (5, 60),
    Hold.Cause.REFUSED_LOGIN: (60, 900),
    Hold.Cause.NO_CREDIT: (60, 300),
}


def probe_due() -> int:
    """Ask the gateway about each hold whose probe is due; return how many ended."""
    return sum(_probe(hold) for hold in _take_due())


@transaction.atomic
def _take_due() -> list[Hold]:
    """Set the next probe before this one is made: two probers never ask for the same hold."""
    due = list(
        holding.in_force()
        .filter(next_probe_at__lte=Now())
        .select_related("upstream_account")
        .select_for_update(skip_locked=True, of=("self",))[:20]
    )
    for hold in due:
        first, last = WAITS.get(Hold.Cause(hold.cause), (60, 900))
        wait = min(first * 2**hold.probes, last)
        Hold.objects.filter(pk=hold.pk).update(
            probes=hold.probes + 1, next_probe_at=Now() + timedelta(seconds=wait)
        )
    return due


def _probe(hold: Hold) -> bool:
    if hold.upstream_account is None:
        return False
    try:
        answer = client_for(hold.upstream_account).balance()
    except (errors.NeverLeft, WrongEncryptionKey):
        return False
    except errors.VendorError as error:
        # It answers, if only to refuse: that ends `unreachable`, and nothing else.
        return hold.cause == Hold.Cause.UNREACHABLE and holding.end(hold, by=f"probe: {error.reason}")
    if answer.balance is not None:
        record_balance(hold.upstream_account.pk, answer.balance, answer.charge_type or "")
    return _disproved(hold, answer) and holding.end(hold, by="probe")


def _disproved(hold: Hold, answer: Balance) -> bool:
    if hold.cause != Hold.Cause.NO_CREDIT:
        return True
    if answer.charge_type == "POSTCHARGE":
        return True
    return answer.balance is not None and hold.balance is not None and answer.balance > hold.balance


def release(hold: Hold, *, by: str) -> bool:
    """End a hold because a person says so; return False when it had ended before."""
    return holding.end(hold, by=by)
