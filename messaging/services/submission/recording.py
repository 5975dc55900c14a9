"""Record: the raw answer and what it means for each number, in one commit, once."""

import uuid
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import structlog
from django.db import connection, transaction

from accounts.models import Signature
from messaging import alarming, holding
from messaging.holding import Reason, Scope
from messaging.inference import correct
from messaging.lifecycle import Change, move, tell
from messaging.matching import attach_extra_mids, match_shelf, note_repeated_mids
from messaging.models import Attempt, Chunk, Hold
from messaging.prepared import prepared_cursor
from messaging.services.submission.claiming import Claimed, Member
from messaging.services.submission.locking import lock_call
from messaging.splitting import child_of
from messaging.states import AttemptState, ChunkState, EventKind, State
from messaging.text import signature
from messaging.vendor.answers import SubmitRow
from messaging.vendor.client import Submitted
from messaging.vendor.codes import Effect, Table

log = structlog.get_logger(__name__)

TRIAL_SECONDS = 900  # a refused extno or signature is tried again with one message so often
SAMPLED_MIDS = 20  # a gateway that counts anew repeats them all, so a few of each answer give it away
EARLY_REPORT_SECONDS = 600


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
    chunk, attempt = lock_call(claimed.chunk_id, claimed.attempt_id)
    lost = attempt.state == AttemptState.UNKNOWN and attempt.reason == "worker_lost"
    return Open(attempt, chunk) if lost or attempt.state == AttemptState.IN_FLIGHT else None


@transaction.atomic
def answered(claimed: Claimed, submitted: Submitted) -> str:
    """Record an answer that has a row for each number, or for some."""
    opened = open_attempt(claimed)
    if opened is None:
        return "recorded_before"
    _keep(opened, submitted)
    rows = _by_mobile(submitted.answer.rows)
    taken = {
        mobile: kept for mobile, found in rows.items() if (kept := [row for row in found if row.accepted])
    }
    accepted = [member for member in claimed.members if member.mobile in taken]
    others = [member for member in claimed.members if member.mobile not in taken]
    unpaid = [member.id for member in others if opened.in_time and _unpaid(rows[member.mobile])]
    account_id = claimed.account.pk
    changes = [
        Change(member.id, State.SUBMITTED, mid=taken[member.mobile][0].mid, upstream_account_id=account_id)
        for member in accepted
    ]
    waiting = set(unpaid)
    changes += [_change_for(m.id, account_id, rows[m.mobile]) for m in others if m.id not in waiting]
    move(changes, EventKind.ANSWERED, chunk_id=opened.chunk.pk)
    if accepted:
        _note_accepted(opened, accepted, taken)
    if unpaid:
        _wait_for_credit(opened, unpaid, submitted.answer.balance)
    if others:
        _note_refused(claimed, rows, accepted)
    _note_strangers(claimed, rows)
    return "answered" if opened.in_time else "answered_late"


# Primary keys. With the members' rows, in the same transaction: an answer without its results would be lost work.
KEEP = """
WITH done AS (UPDATE messaging_chunk SET state = 'done' WHERE id = %(chunk)s)
UPDATE messaging_attempt SET state = 'answered', ended_at = statement_timestamp(), code = %(code)s, reason = NULL,
       raw = %(raw)s, elapsed_ms = %(elapsed_ms)s, http_status = %(http_status)s
WHERE id = %(attempt)s
"""


def _keep(opened: Open, submitted: Submitted) -> None:
    with prepared_cursor() as cursor:
        cursor.execute(
            KEEP,
            {
                "chunk": opened.chunk.pk,
                "attempt": opened.attempt.pk,
                "code": submitted.answer.status.code,
                "raw": submitted.raw,
                "elapsed_ms": submitted.elapsed_ms,
                "http_status": submitted.http_status,
            },
        )


def _by_mobile(rows: Sequence[SubmitRow]) -> dict[str, list[SubmitRow]]:
    """Answers can be reordered, shorter or longer: only the number tells whose row it is (PROTOCOL 3.7)."""
    found: dict[str, list[SubmitRow]] = defaultdict(list)
    for row in rows:
        found[row.mobile].append(row)
    return found


def _unpaid(rows: Sequence[SubmitRow]) -> bool:
    return any(row.result.effect == Effect.NO_CREDIT for row in rows)


def _change_for(message_id: uuid.UUID, account_id: int, rows: Sequence[SubmitRow]) -> Change:
    """What the rows of a number say that was not taken; without a row, or with RESULT 0 and no mid, nobody can say.

    Nor where staff know a RESULT as one that may have been taken.
    """
    if not rows or any(row.result.effect == Effect.ACCEPTED for row in rows):
        return Change(message_id, State.UNKNOWN, certain=False, upstream_account_id=account_id)
    for row in rows:
        if row.result.effect == Effect.AMBIGUOUS:
            return Change(message_id, State.UNKNOWN, None, Table.RESULT, row.result.code, False, account_id)
    return Change(
        message_id,
        State.REJECTED,
        code_table=Table.RESULT,
        code=rows[0].result.code,
        upstream_account_id=account_id,
    )


def _note_accepted(opened: Open, accepted: Sequence[Member], taken: dict[str, list[SubmitRow]]) -> None:
    """Keep further mids of a long text (PROTOCOL 3.16); let late mids undo what was inferred; end disproved holds."""
    account_id = opened.attempt.upstream_account_id
    mids = [(m.id, m.mobile, row.mid or "") for m in accepted for row in taken[m.mobile]]
    if len(mids) > len(accepted):
        extra = [(m.id, m.mobile, row.mid or "") for m in accepted for row in taken[m.mobile][1:]]
        attach_extra_mids(account_id, extra)
    if not opened.in_time:
        correct(account_id, mids)
    note_repeated_mids(account_id, mids[:: len(mids) // SAMPLED_MIDS + 1])
    touched = _look_around(opened.attempt)
    if touched.holds:
        holding.end_disproved(opened.attempt, [(member.mobile, member.content) for member in accepted])
    if touched.shelf:
        match_shelf(account_id, [member.mobile for member in accepted])


@dataclass(frozen=True)
class _Touched:
    """Whether an accepted message may end a hold of its account, and whether reports wait for a mid of its answer."""

    holds: bool
    shelf: bool


# one_hold_in_force and reports_on_the_shelf serve it. A report that waits for these mids can't have come long before
# the call; old orphans must not cost every answer a search.
LOOK_AROUND = """
SELECT EXISTS (SELECT FROM messaging_hold h WHERE h.ended_at IS NULL AND h.upstream_account_id = %(account)s),
       EXISTS (SELECT FROM messaging_deliveryreport r
               WHERE r.message_id IS NULL AND r.upstream_account_id = %(account)s
                 AND r.received_at > %(called_at)s - make_interval(secs => %(margin)s))
"""


def _look_around(attempt: Attempt) -> _Touched:
    with connection.cursor() as cursor:
        cursor.execute(
            LOOK_AROUND,
            {
                "account": attempt.upstream_account_id,
                "called_at": attempt.called_at,
                "margin": EARLY_REPORT_SECONDS,
            },
        )
        return _Touched(*cursor.fetchone())


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
