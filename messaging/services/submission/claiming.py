"""Claim: which chunk goes next, through whom. One committed row says so; five hundred messages stay untouched."""

import os
import socket
import threading
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.db import connection, transaction
from django.db.models import F
from django.db.models.functions import Now

from accounts.models import UpstreamAccount
from messaging import connections
from messaging.holding import Restraints, use_trial
from messaging.lifecycle import Change, move, tell
from messaging.models import Attempt, Chunk, Hold
from messaging.models.submission import Mode
from messaging.routing import accounts_for
from messaging.services.submission.gathering import gather_singles
from messaging.services.submission.suspicion import settle_suspect
from messaging.splitting import first_of_pieces, keep_only
from messaging.states import ChunkState, Derived, EventKind, State

# How long a chunk that no account may take stays out of the way; a hold that ends makes it due at once.
PARKED_SECONDS = 30
MOST_LOOKED_AT = 50


@dataclass(frozen=True)
class Member:
    """One message of a call."""

    id: uuid.UUID
    mobile: str
    content: str


@dataclass(frozen=True)
class Claimed:
    """A prepared attempt: nothing has left yet."""

    attempt_id: uuid.UUID
    chunk_id: uuid.UUID
    application_id: int
    account: UpstreamAccount
    mode: str
    extno: str
    members: tuple[Member, ...]


@dataclass(frozen=True)
class _Turn:
    application_id: int
    environment: str


@dataclass(frozen=True)
class _Way:
    """An account that may take a chunk; `trial` is the hold whose open trial lets one message pass."""

    account: UpstreamAccount
    trial: Hold | None = None


# chunks_due and singles_due serve the EXISTS; attempts_live and attempts_of_application the order: who has least in
# flight goes first, then who waited longest since the last call.
TURNS = """
SELECT a.id, a.environment FROM accounts_application a
WHERE EXISTS (SELECT FROM messaging_chunk c WHERE c.state = 'queued' AND c.category = %(lane)s
                AND c.application_id = a.id AND c.due_at <= statement_timestamp())
   OR EXISTS (SELECT FROM messaging_queuedsingle s WHERE s.category = %(lane)s
                AND s.application_id = a.id AND s.due_at <= statement_timestamp())
ORDER BY (SELECT count(*) FROM messaging_attempt t
           WHERE t.application_id = a.id AND t.category = %(lane)s AND t.state IN ('prepared', 'in_flight')),
         (SELECT max(t.prepared_at) FROM messaging_attempt t WHERE t.application_id = a.id) NULLS FIRST, a.id
"""


def claim(lane: str) -> Claimed | None:
    """Return a prepared and committed attempt for the fairest due chunk of a lane, or None when none can go now."""
    restraints = Restraints.in_force()
    for turn in _turns(lane):
        for _look in range(MOST_LOOKED_AT):
            looked = _look_at_one(lane, turn, restraints)
            if looked is None:
                break
            if isinstance(looked, Claimed):
                return looked
    return None


def _turns(lane: str) -> list[_Turn]:
    with connection.cursor() as cursor:
        cursor.execute(TURNS, {"lane": lane})
        return [_Turn(*row) for row in cursor.fetchall()]


@transaction.atomic
def _look_at_one(lane: str, turn: _Turn, restraints: Restraints) -> Claimed | bool | None:
    """Claim the application's oldest due chunk. True: that one can't go, look at the next. None: the turn is over."""
    chunk = gather_singles(lane, turn.application_id) or _oldest_due(lane, turn.application_id)
    if chunk is None:
        return None
    if chunk.suspect:
        settle_suspect(chunk)
        return True
    way = _way_for(chunk, turn, restraints)
    if way is None:
        _park(chunk)
        return True
    if not connections.has_free(way.account.pk):
        return None
    return _claim(chunk, way, turn, restraints) or True


def _oldest_due(lane: str, application_id: int) -> Chunk | None:
    """Lock one due chunk; cancel, expiry, claim and split all lock the chunk first. Index: chunks_due."""
    return (
        Chunk.objects.filter(
            state=ChunkState.QUEUED, category=lane, application_id=application_id, due_at__lte=Now()
        )
        .order_by("due_at")
        .select_for_update(skip_locked=True)
        .first()
    )


def _way_for(chunk: Chunk, turn: _Turn, restraints: Restraints) -> _Way | None:
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


def _park(chunk: Chunk) -> None:
    Chunk.objects.filter(pk=chunk.pk).update(due_at=Now() + timedelta(seconds=PARKED_SECONDS), parked=True)


def _claim(chunk: Chunk, way: _Way, turn: _Turn, restraints: Restraints) -> Claimed | None:
    members = _members(chunk)
    _expire_left_out(chunk, members)
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
        chunk = keep_only(chunk, [m.id for m in passing], [m.id for m in members], PARKED_SECONDS)
    if len(passing) > first:
        chunk, passing = first_of_pieces(chunk, [m.id for m in passing], first, most), passing[:first]
    return _prepare(chunk, way.account, turn, passing)


def _expire_left_out(chunk: Chunk, members: Sequence[Member]) -> None:
    staying = {member.id for member in members}
    gone = [Change(pk, State.EXPIRED) for pk in chunk.members if pk not in staying]
    move(gone, EventKind.EXPIRED, chunk_id=chunk.pk)


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


def _prepare(chunk: Chunk, account: UpstreamAccount, turn: _Turn, members: tuple[Member, ...]) -> Claimed:
    extno = chunk.extno or account.extno
    staying = {member.id for member in members}
    attempt = Attempt.objects.create(
        chunk=chunk,
        application_id=chunk.application_id,
        upstream_account=account,
        environment=turn.environment,
        category=chunk.category,
        extno=extno,
        worker=f"{socket.gethostname()}:{os.getpid()}:{threading.get_native_id()}",
        left_out=[pk for pk in chunk.members if pk not in staying],
        lease_until=Now() + timedelta(seconds=settings.ATTEMPT_LEASE_SECONDS),
    )
    Chunk.objects.filter(pk=chunk.pk).update(
        state=ChunkState.SUBMITTING, parked=False, claims=F("claims") + 1
    )
    tell(chunk.application_id, list(staying), EventKind.CLAIMED, Derived.SUBMITTING, chunk_id=chunk.pk)
    mode = chunk.mode if len({m.content for m in members}) > 1 else Mode.SEND
    return Claimed(attempt.pk, chunk.pk, chunk.application_id, account, mode, extno, members)


# Primary key on both joins. What is cancelled or past its deadline stays behind.
MEMBERS = """
SELECT m.id, m.mobile, coalesce(m.content, b.content) FROM messaging_message m
LEFT JOIN messaging_batch b ON b.id = m.batch_id
WHERE m.id = ANY(%s) AND m.state = 'queued' AND (m.expires_at IS NULL OR m.expires_at > statement_timestamp())
ORDER BY m.id
"""


def _members(chunk: Chunk) -> tuple[Member, ...]:
    with connection.cursor() as cursor:
        cursor.execute(MEMBERS, [list(chunk.members)])
        return tuple(Member(*row) for row in cursor.fetchall())
