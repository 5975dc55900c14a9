"""Record: the raw answer and what it means for each number, in one commit, once."""

import uuid
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import structlog
from django.db import transaction
from django.db.models.functions import Now

from accounts.models import Signature
from messaging import alarming, holding
from messaging.holding import Reason, Scope
from messaging.inference import correct
from messaging.lifecycle import Change, move, tell
from messaging.matching import attach_extra_mids, match_shelf, note_repeated_mids
from messaging.models import Attempt, Chunk, Hold
from messaging.services.submission.claiming import Claimed, Member
from messaging.splitting import child_of
from messaging.states import AttemptState, ChunkState, EventKind, State
from messaging.text import signature
from messaging.vendor.answers import SubmitRow
from messaging.vendor.client import Submitted
from messaging.vendor.codes import Effect, Table

log = structlog.get_logger(__name__)

TRIAL_SECONDS = 900  # a refused extno or signature is tried again with one message so often
CREDIT_TRIAL_SECONDS = 300


@dataclass(frozen=True)
class Open:
    """An attempt that may still be recorded, and its chunk, both locked."""

    attempt: Attempt
    chunk: Chunk

    @property
    def in_time(self) -> bool:
        """False: the lease ended meanwhile, the members are unknown, and this is the answer that turned up late."""
        return self.chunk.state == ChunkState.SUBMITTING


def open_attempt(claimed: Claimed) -> Open | None:
    """Lock an attempt whose outcome is not recorded yet; None when it is: a repeated record changes nothing."""
    chunk = Chunk.objects.select_for_update().get(pk=claimed.chunk_id)
    attempt = (
        Attempt.objects.select_for_update(of=("self",))
        .select_related("upstream_account")
        .get(pk=claimed.attempt_id)
    )
    lost = attempt.state == AttemptState.UNKNOWN and attempt.reason == "worker_lost"
    return Open(attempt, chunk) if lost or attempt.state == AttemptState.IN_FLIGHT else None


@transaction.atomic
def answered(claimed: Claimed, submitted: Submitted) -> str:
    """Record an answer that has a row for each number, or for some."""
    opened = open_attempt(claimed)
    if opened is None:
        return "recorded_before"
    Attempt.objects.filter(pk=opened.attempt.pk).update(
        state=AttemptState.ANSWERED, ended_at=Now(), code=submitted.answer.status.code, reason=None,
        raw=submitted.raw, elapsed_ms=submitted.elapsed_ms, http_status=submitted.http_status,
    )  # fmt: skip
    rows = _by_mobile(submitted.answer.rows)
    accepted = [member for member in claimed.members if _taken(rows[member.mobile])]
    unpaid = [member for member in claimed.members if opened.in_time and _unpaid(rows[member.mobile])]
    waiting = {member.id for member in unpaid}
    changes = [
        _change_for(member.id, claimed.account.pk, rows[member.mobile])
        for member in claimed.members
        if member.id not in waiting
    ]
    move(changes, EventKind.ANSWERED, chunk_id=opened.chunk.pk)
    Chunk.objects.filter(pk=opened.chunk.pk).update(state=ChunkState.DONE)
    if accepted:
        _note_accepted(opened, accepted, rows)
    if unpaid:
        _wait_for_credit(opened, [member.id for member in unpaid], submitted.answer.balance)
    _note_refused(claimed, rows, accepted)
    _note_strangers(claimed, rows)
    match_shelf(claimed.account.pk, [member.mobile for member in claimed.members])
    return "answered" if opened.in_time else "answered_late"


def _by_mobile(rows: Sequence[SubmitRow]) -> dict[str, list[SubmitRow]]:
    """Answers can be reordered, shorter or longer: only the number tells whose row it is (PROTOCOL 3.7)."""
    found: dict[str, list[SubmitRow]] = defaultdict(list)
    for row in rows:
        found[row.mobile].append(row)
    return found


def _taken(rows: Sequence[SubmitRow]) -> list[SubmitRow]:
    return [row for row in rows if row.accepted]


def _unpaid(rows: Sequence[SubmitRow]) -> bool:
    return not _taken(rows) and any(row.result.effect == Effect.NO_CREDIT for row in rows)


def _change_for(message_id: uuid.UUID, account_id: int, rows: Sequence[SubmitRow]) -> Change:
    """What one number's rows say; without a row, or with RESULT 0 and no mid, nobody can say."""
    taken = _taken(rows)
    if taken:
        return Change(message_id, State.SUBMITTED, mid=taken[0].mid, upstream_account_id=account_id)
    if not rows or any(row.result.effect == Effect.ACCEPTED for row in rows):
        return Change(message_id, State.UNKNOWN, certain=False, upstream_account_id=account_id)
    return Change(
        message_id,
        State.REJECTED,
        code_table=Table.RESULT,
        code=rows[0].result.code,
        upstream_account_id=account_id,
    )


def _note_accepted(opened: Open, accepted: Sequence[Member], rows: dict[str, list[SubmitRow]]) -> None:
    """Keep further mids of a long text (PROTOCOL 3.16); let late mids undo what was inferred; end disproved holds."""
    account_id = opened.attempt.upstream_account_id
    mids = [
        [(member.id, member.mobile, row.mid or "") for row in _taken(rows[member.mobile])]
        for member in accepted
    ]
    if extra := [mid for own in mids for mid in own[1:]]:
        attach_extra_mids(account_id, extra)
    everything = [mid for own in mids for mid in own]
    if not opened.in_time:
        correct(account_id, everything)
    note_repeated_mids(account_id, everything)
    holding.end_disproved(opened.attempt, [(member.mobile, member.content) for member in accepted])


def _wait_for_credit(opened: Open, unpaid: list[uuid.UUID], balance: int | None) -> None:
    """RESULT 15 (document, section 10): nothing of these was taken; they wait until the balance allows."""
    chunk = opened.chunk
    child_of(chunk, unpaid)
    tell(
        chunk.application_id, unpaid, EventKind.REQUEUED, State.QUEUED, chunk_id=chunk.pk, detail="no_credit"
    )
    reason = Reason(Hold.Cause.NO_CREDIT, code_table=Table.RESULT, code="15", balance=balance)
    holding.place(opened.attempt.upstream_account_id, reason, probe_after=60)


def _note_refused(claimed: Claimed, rows: dict[str, list[SubmitRow]], accepted: Sequence[Member]) -> None:
    """RESULT 10 holds the extno, and 17 a signature that is filed, unless the same answer took messages with them."""
    refused = {
        row.result.effect: row.result.code for member in claimed.members for row in rows[member.mobile]
    }
    if (code := refused.get(Effect.WRONG_EXTNO)) and not accepted:
        reason = Reason(Hold.Cause.WRONG_EXTNO, code_table=Table.RESULT, code=code)
        holding.place(
            claimed.account.pk, reason, probe_after=TRIAL_SECONDS, scope=Scope.EXTNO, value=claimed.extno
        )
    if code := refused.get(Effect.BAD_SIGNATURE):
        _hold_signatures(claimed, rows, accepted, code)


def _hold_signatures(
    claimed: Claimed, rows: dict[str, list[SubmitRow]], accepted: Sequence[Member], code: str
) -> None:
    refused = {
        signature(member.content)
        for member in claimed.members
        if any(row.result.effect == Effect.BAD_SIGNATURE for row in rows[member.mobile])
    }
    refused -= {signature(member.content) for member in accepted}
    filed = Signature.objects.filter(upstream_account=claimed.account, text__in=[s for s in refused if s])
    reason = Reason(Hold.Cause.BAD_SIGNATURE, code_table=Table.RESULT, code=code)
    for text in filed.values_list("text", flat=True):
        holding.place(
            claimed.account.pk, reason, probe_after=TRIAL_SECONDS, scope=Scope.SIGNATURE, value=text
        )


def _note_strangers(claimed: Claimed, rows: dict[str, list[SubmitRow]]) -> None:
    strangers = len({mobile for mobile, found in rows.items() if found} - {m.mobile for m in claimed.members})
    if strangers:
        log.warning("answer_named_other_numbers", attempt=str(claimed.attempt_id), numbers=strangers)
        alarming.sound(
            "answer_named_other_numbers",
            claimed.account.name,
            detail=f"An answer named {strangers} numbers that were not in the call. The raw answer is kept.",
            next_step="Show the vendor the raw answer of the attempt. Do other systems use this account?",
        )
