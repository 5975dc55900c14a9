"""Call: committed as in flight before the first byte leaves; no transaction is open while the gateway thinks."""

from django.db.models.functions import Now

from messaging.models import Attempt
from messaging.models.submission import Mode
from messaging.services.submission import recording
from messaging.services.submission.claiming import Claimed
from messaging.states import AttemptState
from messaging.upstream import client_for
from messaging.vendor import errors
from messaging.vendor.client import Submitted


def call(claimed: Claimed) -> str:
    """Make the one call of a prepared attempt and record its outcome; return a word for the log."""
    if not _take_off(claimed):
        return "fenced"
    try:
        submitted = _submit(claimed)
    except errors.VendorError as error:
        return recording.failed(claimed, error)
    return recording.answered(claimed, submitted)


def _take_off(claimed: Claimed) -> bool:
    """Commit `in_flight`, unless the lease ended meanwhile and the chunk may be another's: then nothing leaves."""
    return bool(
        Attempt.objects.filter(
            pk=claimed.attempt_id, state=AttemptState.PREPARED, lease_until__gt=Now()
        ).update(state=AttemptState.IN_FLIGHT, called_at=Now())
    )


def _submit(claimed: Claimed) -> Submitted:
    client = client_for(claimed.account)
    if claimed.mode == Mode.P2P:
        return client.p2p([(m.mobile, m.content) for m in claimed.members], claimed.extno)
    return client.send([m.mobile for m in claimed.members], claimed.members[0].content, claimed.extno)
