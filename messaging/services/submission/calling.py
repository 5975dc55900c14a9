"""Call: committed as in flight before the first byte leaves; no transaction is open while the gateway thinks."""

import time
from collections.abc import Callable

import structlog
from django.conf import settings
from django.db import InterfaceError, OperationalError, connection, transaction
from django.db.models.functions import Now

from accounts.encryption import WrongEncryptionKey
from messaging import holding
from messaging.holding import Reason
from messaging.lifecycle import tell
from messaging.models import Attempt, Chunk, Hold
from messaging.models.submission import Mode
from messaging.prepared import prepared_cursor
from messaging.services.submission.claiming import Claimed
from messaging.services.submission.failing import failed
from messaging.services.submission.locking import lock_call
from messaging.services.submission.recording import answered
from messaging.states import AttemptState, ChunkState, EventKind, State
from messaging.upstream import client_for
from messaging.vendor import errors
from messaging.vendor.client import Client, Submitted

log = structlog.get_logger(__name__)


def call(claimed: Claimed) -> str:
    """Make the one call of a prepared attempt and record its outcome; return a word for the log."""
    try:
        client = client_for(claimed.account)
    except WrongEncryptionKey:
        return _hold_without_key(claimed)
    if not _take_off(claimed):
        return _stay(claimed)
    try:
        submitted = _submit(client, claimed)
    except errors.VendorError as error:
        outcome = error  # Python forgets the name `error` at the end of this block
        return _persist(lambda: failed(claimed, outcome))
    return _persist(lambda: answered(claimed, submitted))


# Primary key.
TAKE_OFF = """
UPDATE messaging_attempt SET state = 'in_flight', called_at = statement_timestamp()
WHERE id = %s AND state = 'prepared' AND lease_until > statement_timestamp()
  AND coalesce(%s::timestamptz > statement_timestamp(), true)
"""


def _take_off(claimed: Claimed) -> bool:
    """Commit `in_flight`, unless the lease ended and the chunk may be another's, or a member's time is over."""
    with prepared_cursor() as cursor:
        cursor.execute(TAKE_OFF, [claimed.attempt_id, claimed.deadline])
        return bool(cursor.rowcount)


def _stay(claimed: Claimed) -> str:
    """Nothing leaves. Past the deadline of a member the next claim lets that one expire, and takes the others."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT %s::timestamptz <= statement_timestamp()", [claimed.deadline])
        is_late = bool(cursor.fetchone()[0])
    return "past_deadline" if is_late and _give_back(claimed, "past_deadline") else "fenced"


def _submit(client: Client, claimed: Claimed) -> Submitted:
    if claimed.mode == Mode.P2P:
        return client.p2p([(m.mobile, m.content) for m in claimed.members], claimed.extno)
    return client.send([m.mobile for m in claimed.members], claimed.members[0].content, claimed.extno)


def _persist(record: Callable[[], str]) -> str:
    """Write an outcome down, over a database that restarts or a deadlock: it is the only copy there is.

    Recording twice is harmless. When the lease's time is over the sweeper has made the members unknown.
    """
    gives_up = time.monotonic() + settings.ATTEMPT_LEASE_SECONDS
    pause = 0.1
    while True:
        try:
            return record()
        except (OperationalError, InterfaceError):
            if time.monotonic() > gives_up:
                raise
            log.warning("record_tried_again", exc_info=True)
            connection.close()
            time.sleep(pause)
            pause = min(pause * 2, 2.0)


def _hold_without_key(claimed: Claimed) -> str:
    """Without the key to its password an account can't be called."""
    _give_back(claimed, "wrong_encryption_key")
    reason = Reason(Hold.Cause.REFUSED_LOGIN, detail="wrong_encryption_key")
    holding.place(claimed.account.pk, reason, probe_after=60)
    return "wrong_encryption_key"


@transaction.atomic
def _give_back(claimed: Claimed, reason: str) -> bool:
    """Make the chunk of an attempt that nothing has left by due again; return False when somebody else already did."""
    _chunk, attempt = lock_call(claimed.chunk_id, claimed.attempt_id)
    if attempt.state != AttemptState.PREPARED:
        return False
    Attempt.objects.filter(pk=attempt.pk).update(state=AttemptState.NOT_SENT, ended_at=Now(), reason=reason)
    Chunk.objects.filter(pk=claimed.chunk_id).update(state=ChunkState.QUEUED, due_at=Now(), claims=0)
    members = [member.id for member in claimed.members]
    tell(
        claimed.application_id,
        members,
        EventKind.REQUEUED,
        State.QUEUED,
        chunk_id=claimed.chunk_id,
        detail=reason,
    )
    return True
