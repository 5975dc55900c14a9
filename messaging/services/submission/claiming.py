"""Claim: which chunk goes next, through whom. One committed row says so; five hundred messages stay untouched."""

import os
import socket
import threading
import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from django.conf import settings
from django.db import connection, transaction
from django.db.models.functions import Now

from accounts.models import UpstreamAccount
from messaging import arrays, connections
from messaging.cancellation import cancel_chunks
from messaging.holding import Restraints, use_trial
from messaging.lifecycle import Change, move
from messaging.models import Chunk, Hold, new_id
from messaging.models.submission import Mode
from messaging.prepared import prepared_cursor
from messaging.routing import accounts_for
from messaging.services.submission.gathering import gather_singles
from messaging.services.submission.locking import Due, lock_oldest_due
from messaging.services.submission.suspicion import settle_suspect
from messaging.services.submission.turns import Turn, turns
from messaging.splitting import first_of_pieces, keep_only
from messaging.states import ChunkState, Derived, EventKind, State

# How long a chunk that no account may take stays out of the way; a hold that ends makes it due at once.
PARKED_SECONDS = 30
MOST_LOOKED_AT = 50


class Member(NamedTuple):
    """One message of a call."""

    id: uuid.UUID
    mobile: str
    content: str
    expires_at: datetime | None = None


@dataclass(frozen=True)
class Claimed:
    """A prepared attempt: nothing has left yet."""

    attempt_id: uuid.UUID
    chunk_id: uuid.UUID
    application_id: int
    category: str
    of_singles: bool
    account: UpstreamAccount
    mode: str
    extno: str
    members: tuple[Member, ...]

    @property
    def deadline(self) -> datetime | None:
        """When the first of its members expires."""
        return min((member.expires_at for member in self.members if member.expires_at), default=None)


@dataclass(frozen=True)
class _Way:
    """An account that may take a chunk; `trial` is the hold whose open trial lets one message pass."""

    account: UpstreamAccount
    trial: Hold | None = None


def claim(lane: str, *, leaving: Collection[str] = ()) -> Claimed | None:
    """Return a prepared and committed attempt for the fairest due chunk, or None when none can go now.

    A lane's workers claim for the lanes above it too, and first, but for those that are to be left to others.
    """
    waiting = turns(lane, leaving)
    if not waiting:
        return None
    restraints = Restraints.in_force() if waiting[0].something_held else Restraints([])
    for turn in waiting:
        for _look in range(MOST_LOOKED_AT):
            looked = _look_at_one(turn, restraints)
            if looked is None:
                break
            if isinstance(looked, Claimed):
                return looked
    return None


@transaction.atomic
def _look_at_one(turn: Turn, restraints: Restraints) -> Claimed | bool | None:
    """Claim the application's oldest due chunk. True: that one can't go, look at the next. None: the turn is over."""
    due = gather_singles(turn) if turn.singles else None
    due = due or lock_oldest_due(turn.lane, turn.application_id)
    if due is None:
        return None
    if due.chunk.suspect:
        settle_suspect(due.chunk)
        return True
    if due.cancelled:
        _cancel(due)
        return True
    way = _way_for(due.chunk, turn, restraints)
    if way is None:
        _park(due.chunk)
        return True
    if not connections.has_free(way.account.pk, turn.lane):
        return None
    return _claim(due, way, turn, restraints) or True


def _way_for(chunk: Chunk, turn: Turn, restraints: Restraints) -> _Way | None:
    """The first account by rank that nothing holds; a held one's traffic moves to the next, but for a trial."""
    if restraints.hold_chunk(chunk.application_id, chunk.batch_id):
        return None
    for account in accounts_for(chunk.application_id, turn.environment, chunk.category, chunk.extno):
        hold = restraints.hold_account(account, chunk.extno or account.extno)
        if hold is None:
            return _Way(account)
        if hold.trial_open and use_trial(hold):
            return _Way(account, trial=hold)
    return None


def _cancel(due: Due) -> None:
    """Its batch was cancelled while it was in a call that took nothing, or that may have."""
    ids = [uuid.UUID(pk) for pk in due.members[1:-1].split(",")]
    cancel_chunks([due.chunk.pk], min(ids), max(ids), detail="with its batch")


def _park(chunk: Chunk) -> None:
    Chunk.objects.filter(pk=chunk.pk).update(due_at=Now() + timedelta(seconds=PARKED_SECONDS), parked=True)


def _claim(due: Due, way: _Way, turn: Turn, restraints: Restraints) -> Claimed | None:
    chunk, members = due.chunk, _members(due)
    left_out = _left_out(chunk, members)
    move([Change(pk, State.EXPIRED) for pk in left_out], EventKind.EXPIRED, chunk_id=chunk.pk)
    if not members:
        Chunk.objects.filter(pk=chunk.pk).update(state=ChunkState.DONE)
        return None
    passing = _passing(members, way, restraints)
    if not passing:
        _park(chunk)
        return None
    most = way.account.max_numbers
    first = 1 if way.trial else most
    if len(passing) < len(members):
        chunk, left_out = (
            keep_only(chunk, [m.id for m in passing], [m.id for m in members], PARKED_SECONDS),
            [],
        )
    if len(passing) > first:
        chunk, left_out = first_of_pieces(chunk, [m.id for m in passing], first, most), []
        passing = passing[:first]
    return _prepare(chunk, way.account, turn, passing, left_out)


# Primary key; the planner sees the ids, and leaves other partitions alone. What is cancelled or past its deadline stays
# behind.
MEMBERS = """
SELECT id, mobile, content, expires_at FROM messaging_message
WHERE id = ANY(%s::uuid[]) AND state = 'queued' AND (expires_at IS NULL OR expires_at > statement_timestamp())
ORDER BY id
"""


def _members(due: Due) -> tuple[Member, ...]:
    with connection.cursor() as cursor:
        cursor.execute(MEMBERS, [due.members])
        return tuple(
            [
                Member(pk, mobile, content or due.content or "", expires_at)
                for pk, mobile, content, expires_at in cursor.fetchall()
            ]
        )


def _left_out(chunk: Chunk, members: Sequence[Member]) -> list[uuid.UUID]:
    if len(members) == chunk.size:
        return []
    staying = {member.id for member in members}
    return [pk for pk in chunk.members if pk not in staying]


def _passing(members: tuple[Member, ...], way: _Way, restraints: Restraints) -> tuple[Member, ...]:
    """Leave behind whose carrier or signature is held on this account; an open trial lets one of them pass."""
    if not restraints.some_messages_held(way.account):
        return members
    held = {m.id: restraints.hold_message(way.account, m.mobile, m.content) for m in members}
    free = tuple(m for m in members if held[m.id] is None)
    if free:
        return free
    hold = held[members[0].id]
    return members[:1] if hold and hold.trial_open and use_trial(hold) else ()


# One round trip: the chunk's state, the attempt and the event that tells of both.
PREPARE = """
WITH claimed AS (
    UPDATE messaging_chunk SET state = 'submitting', parked = false, claims = claims + 1 WHERE id = %(chunk)s
    RETURNING id, application_id, category, ARRAY(
        SELECT pk FROM unnest(members) WITH ORDINALITY AS u (pk, place)
        WHERE pk <> ALL(%(left_out)s::uuid[]) ORDER BY place) AS going
), attempt AS (
    INSERT INTO messaging_attempt (id, chunk_id, application_id, upstream_account_id, environment, category, extno,
                                   worker, left_out, lease_until)
    SELECT %(attempt)s, id, application_id, %(account)s, %(environment)s, category, %(extno)s, %(worker)s,
           %(left_out)s::uuid[], statement_timestamp() + make_interval(secs => %(lease)s) FROM claimed
)
INSERT INTO messaging_event (id, application_id, kind, chunk_id, message_ids, statuses)
SELECT %(event)s, application_id, %(kind)s, id, going, array_fill(%(status)s::text, ARRAY[cardinality(going)])
FROM claimed
"""


def _prepare(
    chunk: Chunk,
    account: UpstreamAccount,
    turn: Turn,
    members: tuple[Member, ...],
    left_out: Sequence[uuid.UUID],
) -> Claimed:
    attempt_id, extno = new_id(), chunk.extno or account.extno
    with prepared_cursor() as cursor:
        cursor.execute(
            PREPARE,
            {
                "chunk": chunk.pk,
                "attempt": attempt_id,
                "account": account.pk,
                "environment": turn.environment,
                "extno": extno,
                "worker": f"{socket.gethostname()}:{os.getpid()}:{threading.get_native_id()}",
                "left_out": arrays.uuids(left_out),
                "lease": settings.ATTEMPT_LEASE_SECONDS,
                "event": new_id(),
                "kind": EventKind.CLAIMED.value,
                "status": Derived.SUBMITTING.value,
            },
        )
    mode = chunk.mode if len({m.content for m in members}) > 1 else Mode.SEND
    return Claimed(
        attempt_id, chunk.pk, chunk.application_id, chunk.category, chunk.batch_id is None, account, mode, extno,
        members,
    )  # fmt: skip
