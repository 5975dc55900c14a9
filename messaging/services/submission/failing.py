"""A call without a usable answer: what its error allows us to do next, in one table."""

from collections.abc import Callable
from datetime import timedelta

import structlog
from django.db import transaction
from django.db.models import F
from django.db.models.functions import Least, Now

from accounts.models import UpstreamAccount
from messaging import connections, holding
from messaging.holding import Reason
from messaging.lifecycle import Change, move, tell
from messaging.models import Attempt, Chunk, Hold
from messaging.services.submission.claiming import Claimed
from messaging.services.submission.recording import TRIAL_SECONDS, Open, open_attempt
from messaging.services.submission.suspicion import suspect
from messaging.splitting import halves, replace
from messaging.states import AttemptState, ChunkState, EventKind, State
from messaging.vendor import errors
from messaging.vendor.codes import Table

log = structlog.get_logger(__name__)

LONGEST_BACKOFF_SECONDS = 60
NEVER_LEFT_IN_A_ROW = 3  # so many calls that never left hold the account
UNANSWERED_IN_A_ROW = 5  # so many calls that nobody answered hold it too: each makes its messages unknown
PROBED_BY_BALANCE = frozenset(
    {"2", "3", "7"}
)  # what an answer to `balance` can disprove; 4 and 6 need a trial

Handler = Callable[[Claimed, Open, errors.VendorError], None]


@transaction.atomic
def failed(claimed: Claimed, error: errors.VendorError) -> str:
    """Record a call that brought no usable answer, by the kind of its error."""
    opened = open_attempt(claimed)
    if opened is None:
        return "recorded_before"
    handle, state = next((handle, state) for kind, handle, state in HANDLERS if isinstance(error, kind))
    Attempt.objects.filter(pk=opened.attempt.pk).update(
        state=state, ended_at=Now(), code=error.code.code if error.code else None, reason=error.reason,
        raw=error.raw, elapsed_ms=error.elapsed_ms, http_status=error.http_status,
    )  # fmt: skip
    if opened.in_time or state == AttemptState.UNKNOWN:
        handle(claimed, opened, error)
    return error.reason


def _requeue(claimed: Claimed, opened: Open, reason: str, delay: float) -> None:
    """Nothing was taken: the chunk is due again after a pause, in seconds."""
    Chunk.objects.filter(pk=opened.chunk.pk).update(
        state=ChunkState.QUEUED, due_at=Now() + timedelta(seconds=delay), failures=F("failures") + 1, claims=0
    )
    _tell_requeued(claimed, opened, reason)


def _tell_requeued(claimed: Claimed, opened: Open, reason: str) -> None:
    members = [member.id for member in claimed.members]
    tell(
        claimed.application_id,
        members,
        EventKind.REQUEUED,
        State.QUEUED,
        chunk_id=opened.chunk.pk,
        detail=reason,
    )


def _never_left(claimed: Claimed, opened: Open, error: errors.VendorError) -> None:
    if error.reason == "not_encodable":
        _find_culprit(claimed, opened, error)
        return
    wish = getattr(error, "retry_after_s", None) or 0
    _requeue(claimed, opened, error.reason, max(wish, min(2**opened.chunk.failures, LONGEST_BACKOFF_SECONDS)))
    if error.reason == "tls_failure":
        _hold(claimed, Reason(Hold.Cause.TLS, detail=error.reason), probe_after=60)
    elif _last_states(claimed, NEVER_LEFT_IN_A_ROW) == {(AttemptState.NOT_SENT, None)}:
        _hold(claimed, Reason(Hold.Cause.UNREACHABLE, detail=error.reason), probe_after=5)


# attempts_of_account serves it.
def _last_states(claimed: Claimed, count: int) -> set[tuple[str, str | None]]:
    ended = Attempt.objects.filter(upstream_account=claimed.account, ended_at__isnull=False)
    last = list(ended.order_by("-prepared_at").values_list("state", "code")[:count])
    return set(last) if len(last) == count else set()


def _hold(claimed: Claimed, reason: Reason, *, probe_after: float | None) -> None:
    holding.place(claimed.account.pk, reason, probe_after=probe_after)


def _throttled(claimed: Claimed, opened: Open, error: errors.VendorError) -> None:
    """STATUS 21: fewer calls at once from now on; this one goes again soon."""
    limit = connections.shrink(claimed.account.pk)
    if limit is not None:
        log.warning("account_throttled", account=claimed.account.pk, connections=limit)
    _requeue(claimed, opened, error.reason, 1)


def _hold_login(claimed: Claimed, opened: Open, error: errors.VendorError) -> None:
    _requeue(claimed, opened, error.reason, 1)
    code = error.code.code if error.code else ""
    reason = Reason(Hold.Cause.REFUSED_LOGIN, code_table=Table.STATUS, code=code, detail=error.reason)
    if _came_back(claimed, code):
        _hold(claimed, reason, probe_after=None)
    else:
        _hold(claimed, reason, probe_after=60 if code in PROBED_BY_BALANCE else TRIAL_SECONDS)


def _came_back(claimed: Claimed, code: str) -> bool:
    """`balance` ended this very hold, and yet the next message is refused again: now only a person ends it."""
    before = Hold.objects.filter(
        upstream_account=claimed.account, cause=Hold.Cause.REFUSED_LOGIN, code=code, ended_by="probe"
    )
    last = before.order_by("-ended_at").first()
    if last is None:
        return False
    taken_since = Attempt.objects.filter(
        upstream_account=claimed.account, state=AttemptState.ANSWERED, prepared_at__gt=last.ended_at
    )
    return not taken_since.exists()


def _halve(claimed: Claimed, opened: Open, error: errors.VendorError) -> None:
    """STATUS 102: halve, and remember that the account takes no more than that."""
    size = len(claimed.members)
    if size == 1:
        _reject(claimed, opened, error)
        return
    most = -(-size // 2)
    UpstreamAccount.objects.filter(pk=claimed.account.pk).update(max_numbers=Least("max_numbers", most))
    log.warning("account_takes_fewer_numbers", account=claimed.account.pk, numbers=most)
    _part(claimed, opened, error)


def _find_culprit(claimed: Claimed, opened: Open, error: errors.VendorError) -> None:
    """STATUS 1: one malformed number refuses the whole call; halves narrow it down to the one."""
    (_part if len(claimed.members) > 1 else _reject)(claimed, opened, error)


def _part(claimed: Claimed, opened: Open, error: errors.VendorError) -> None:
    replace(opened.chunk, halves([member.id for member in claimed.members]))
    _tell_requeued(claimed, opened, error.reason)


def _internal_error(claimed: Claimed, opened: Open, error: errors.VendorError) -> None:
    if opened.attempt.upstream_account.internal_error_is_unknown:
        _unknown(claimed, opened, error)
        return
    suspect(opened.chunk)
    _tell_requeued(claimed, opened, error.reason)


def _reject(claimed: Claimed, opened: Open, error: errors.VendorError) -> None:
    _move_all(claimed, opened, error, State.REJECTED, certain=True)


def _unknown(claimed: Claimed, opened: Open, error: errors.VendorError) -> None:
    """It may have been taken, and nobody can be asked (PROTOCOL 3.9): never sent again by itself."""
    _move_all(claimed, opened, error, State.UNKNOWN, certain=False)
    redirected = (error.http_status or 0) // 100 == 3
    if redirected:
        _hold(claimed, Reason(Hold.Cause.REFUSED_LOGIN, detail=error.reason), probe_after=60)
    elif {state for state, _code in _last_states(claimed, UNANSWERED_IN_A_ROW)} == {AttemptState.UNKNOWN}:
        _hold(claimed, Reason(Hold.Cause.UNREACHABLE, detail=error.reason), probe_after=5)


def _move_all(
    claimed: Claimed, opened: Open, error: errors.VendorError, state: State, *, certain: bool
) -> None:
    table, code = (error.code.table, error.code.code) if error.code else (None, None)
    changes = [
        Change(
            member.id,
            state,
            code_table=table,
            code=code,
            certain=certain,
            upstream_account_id=claimed.account.pk,
        )
        for member in claimed.members
    ]
    move(changes, EventKind.ANSWERED, chunk_id=opened.chunk.pk, detail=error.reason)
    Chunk.objects.filter(pk=opened.chunk.pk).update(state=ChunkState.DONE)


# The first kind that fits decides. VendorError stands last: what nobody foresaw is unknown.
HANDLERS: tuple[tuple[type[errors.VendorError], Handler, AttemptState], ...] = (
    (errors.NeverLeft, _never_left, AttemptState.NOT_SENT),
    (errors.Throttled, _throttled, AttemptState.NOT_SENT),
    (errors.TooMany, _halve, AttemptState.NOT_SENT),
    (errors.Malformed, _find_culprit, AttemptState.NOT_SENT),
    (errors.Refused, _reject, AttemptState.ANSWERED),
    (errors.AccountTrouble, _hold_login, AttemptState.NOT_SENT),
    (errors.InternalError, _internal_error, AttemptState.REFUSED),
    (errors.VendorError, _unknown, AttemptState.UNKNOWN),
)
