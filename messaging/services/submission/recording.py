"""Record: the raw answer and what it means for each number, in one commit."""

import uuid
from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.db.models.functions import Least, Now

from accounts.models import UpstreamAccount
from messaging import holding
from messaging.holding import Reason
from messaging.lifecycle import Change, move, tell
from messaging.matching import match_shelf
from messaging.models import Attempt, Chunk, Hold
from messaging.services.submission.claiming import Claimed
from messaging.services.submission.splitting import child_of, halves
from messaging.states import AttemptState, ChunkState, EventKind, State
from messaging.vendor import errors
from messaging.vendor.answers import SubmitRow
from messaging.vendor.client import Submitted
from messaging.vendor.codes import Effect, Table

log = structlog.get_logger(__name__)

LONGEST_BACKOFF_SECONDS = 60
PROBED_BY_BALANCE = frozenset(
    {"2", "3", "7"}
)  # what an answer to `balance` can disprove; 4 and 6 need a person
NEVER_LEFT_IN_A_ROW = 3  # so many calls that never left hold the account


@transaction.atomic
def answered(claimed: Claimed, submitted: Submitted) -> str:
    """Record an answer that has a row for each number, or for some."""
    chunk = _lock(claimed)
    _end_attempt(
        claimed, AttemptState.ANSWERED, code=submitted.answer.status.code, raw=submitted.raw,
        elapsed_ms=submitted.elapsed_ms, http_status=submitted.http_status,
    )  # fmt: skip
    rows = _by_mobile(submitted.answer.rows)
    changes: list[Change] = []
    unpaid: list[uuid.UUID] = []
    for member in claimed.members:
        change = _change_for(member.id, claimed.account.pk, rows.get(member.mobile, []))
        if change is None:
            unpaid.append(member.id)
        else:
            changes.append(change)
    move(changes, EventKind.ANSWERED, chunk_id=chunk.pk)
    _finish(chunk)
    if unpaid:
        _wait_for_credit(claimed, chunk, unpaid, submitted.answer.balance)
    _mention_strangers(claimed, rows)
    match_shelf(claimed.account.pk, [member.mobile for member in claimed.members])
    return "answered"


def _by_mobile(rows: Sequence[SubmitRow]) -> dict[str, list[SubmitRow]]:
    """Answers can be reordered, shorter or longer: only the number tells whose row it is (PROTOCOL 3.7)."""
    found: dict[str, list[SubmitRow]] = defaultdict(list)
    for row in rows:
        found[row.mobile].append(row)
    return found


def _change_for(message_id: uuid.UUID, account_id: int, rows: Sequence[SubmitRow]) -> Change | None:
    """What one number's rows say; None: not paid for, so it goes back to the queue."""
    taken = next((row for row in rows if row.accepted), None)
    if taken:
        return Change(message_id, State.SUBMITTED, mid=taken.mid, upstream_account_id=account_id)
    if not rows or rows[0].result.effect == Effect.ACCEPTED:
        return Change(message_id, State.UNKNOWN, certain=False, upstream_account_id=account_id)
    result = rows[0].result
    if result.effect == Effect.NO_CREDIT:
        return None
    return Change(
        message_id, State.REJECTED, code_table=Table.RESULT, code=result.code, upstream_account_id=account_id
    )


def _wait_for_credit(claimed: Claimed, chunk: Chunk, unpaid: list[uuid.UUID], balance: int | None) -> None:
    """RESULT 15 (document, section 10): nothing of these was taken; they wait until the balance allows."""
    child_of(chunk, unpaid)
    tell(
        chunk.application_id, unpaid, EventKind.REQUEUED, State.QUEUED, chunk_id=chunk.pk, detail="no_credit"
    )
    reason = Reason(Hold.Cause.NO_CREDIT, code_table=Table.RESULT, code="15", balance=balance)
    holding.place(claimed.account.pk, reason, probe_after=settings.BALANCE_POLL_SECONDS)


def _mention_strangers(claimed: Claimed, rows: dict[str, list[SubmitRow]]) -> None:
    strangers = len(rows.keys() - {member.mobile for member in claimed.members})
    if strangers:
        log.warning("answer_named_other_numbers", attempt=str(claimed.attempt_id), numbers=strangers)


@transaction.atomic
def failed(claimed: Claimed, error: errors.VendorError) -> str:
    """Record a call without a usable answer, by what its error allows us to do next."""
    chunk = _lock(claimed)
    handler, state = next((handler, state) for kind, handler, state in HANDLERS if isinstance(error, kind))
    _end_attempt(
        claimed, state, code=error.code.code if error.code else None, reason=error.reason, raw=error.raw,
        elapsed_ms=error.elapsed_ms, http_status=error.http_status,
    )  # fmt: skip
    handler(claimed, chunk, error)
    return error.reason


def _requeue(claimed: Claimed, chunk: Chunk, error: errors.VendorError) -> None:
    """Nothing was taken: the chunk is due again after a backoff, unless somebody else has decided meanwhile."""
    delay = min(2**chunk.failures, LONGEST_BACKOFF_SECONDS)
    requeued = Chunk.objects.filter(pk=chunk.pk, state=ChunkState.SUBMITTING).update(
        state=ChunkState.QUEUED, due_at=Now() + timedelta(seconds=delay), failures=F("failures") + 1
    )
    if requeued:
        tell(
            chunk.application_id, [m.id for m in claimed.members], EventKind.REQUEUED, State.QUEUED,
            chunk_id=chunk.pk, detail=error.reason,
        )  # fmt: skip


def _never_left(claimed: Claimed, chunk: Chunk, error: errors.VendorError) -> None:
    _requeue(claimed, chunk, error)
    last = Attempt.objects.filter(upstream_account=claimed.account, ended_at__isnull=False)
    states = list(last.order_by("-prepared_at").values_list("state", "code")[:NEVER_LEFT_IN_A_ROW])
    if len(states) == NEVER_LEFT_IN_A_ROW and all(s == (AttemptState.NOT_SENT, None) for s in states):
        reason = Reason(Hold.Cause.UNREACHABLE, detail=error.reason)
        holding.place(claimed.account.pk, reason, probe_after=5)


def _hold_login(claimed: Claimed, chunk: Chunk, error: errors.VendorError) -> None:
    _requeue(claimed, chunk, error)
    code = error.code.code if error.code else ""
    reason = Reason(Hold.Cause.REFUSED_LOGIN, code_table=Table.STATUS, code=code, detail=error.reason)
    holding.place(claimed.account.pk, reason, probe_after=60 if code in PROBED_BY_BALANCE else None)


def _halve(claimed: Claimed, chunk: Chunk, error: errors.VendorError) -> None:
    """STATUS 102: halve, and remember that the account takes no more than that."""
    size = len(claimed.members)
    if size == 1:
        _reject(claimed, chunk, error)
        return
    UpstreamAccount.objects.filter(pk=claimed.account.pk).update(
        max_numbers=Least("max_numbers", -(-size // 2))
    )
    log.warning("account_takes_fewer_numbers", account=claimed.account.pk, numbers=-(-size // 2))
    _part(claimed, chunk, error)


def _find_culprit(claimed: Claimed, chunk: Chunk, error: errors.VendorError) -> None:
    """STATUS 1: one malformed number refuses the whole call; halves narrow it down to the one."""
    (_part if len(claimed.members) > 1 else _reject)(claimed, chunk, error)


def _part(claimed: Claimed, chunk: Chunk, error: errors.VendorError) -> None:
    if chunk.state != ChunkState.SUBMITTING:
        return
    members = [m.id for m in claimed.members]
    halves(chunk, members)
    tell(
        chunk.application_id,
        members,
        EventKind.REQUEUED,
        State.QUEUED,
        chunk_id=chunk.pk,
        detail=error.reason,
    )


def _reject(claimed: Claimed, chunk: Chunk, error: errors.VendorError) -> None:
    _move_all(claimed, chunk, error, State.REJECTED, certain=True)


def _unknown(claimed: Claimed, chunk: Chunk, error: errors.VendorError) -> None:
    """It may have been taken, and nobody can be asked (PROTOCOL 3.9): never sent again by itself."""
    _move_all(claimed, chunk, error, State.UNKNOWN, certain=False)


def _move_all(
    claimed: Claimed, chunk: Chunk, error: errors.VendorError, state: State, *, certain: bool
) -> None:
    code = error.code
    move(
        [
            Change(
                member.id,
                state,
                code_table=code.table if code else None,
                code=code.code if code else None,
                certain=certain,
                upstream_account_id=claimed.account.pk,
            )
            for member in claimed.members
        ],
        EventKind.ANSWERED,
        chunk_id=chunk.pk,
        detail=error.reason,
    )
    _finish(chunk)


type_handler = Callable[[Claimed, Chunk, errors.VendorError], None]

# The first kind that fits decides; what is in no row can't happen, since OutcomeUnknown's base stands last.
HANDLERS: tuple[tuple[type[errors.VendorError], type_handler, AttemptState], ...] = (
    (errors.NeverLeft, _never_left, AttemptState.NOT_SENT),
    (errors.Throttled, _requeue, AttemptState.NOT_SENT),
    (errors.TooMany, _halve, AttemptState.NOT_SENT),
    (errors.Malformed, _find_culprit, AttemptState.NOT_SENT),
    (errors.AccountTrouble, _hold_login, AttemptState.NOT_SENT),
    (errors.VendorError, _unknown, AttemptState.UNKNOWN),
)


def _lock(claimed: Claimed) -> Chunk:
    return Chunk.objects.select_for_update().get(pk=claimed.chunk_id)


def _finish(chunk: Chunk) -> None:
    Chunk.objects.filter(pk=chunk.pk).update(state=ChunkState.DONE)


def _end_attempt(claimed: Claimed, state: AttemptState, **fields: Any) -> None:
    Attempt.objects.filter(pk=claimed.attempt_id).update(state=state, ended_at=Now(), **fields)
