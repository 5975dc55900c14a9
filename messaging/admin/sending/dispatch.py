"""Sending a draft: each of its pieces is accepted once, by the same door as a program's request."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

import structlog

from messaging import tasks
from messaging.drafts import OPERATION, Letter, key_of, mark_sent
from messaging.exceptions import DomainError, Refused, Throttled, Unpaid
from messaging.models import Draft
from messaging.once import Once, TwinWasFirst, look
from messaging.recipients import Recipients
from messaging.services.intake import AcceptedBatch, OnceOnly, Options, Origin, accept_batch
from messaging.states import State

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Dispatched:
    """The batches that were made of a draft; `error` is why the rest was not accepted, None where there is no rest."""

    batches: Sequence[UUID]
    error: DomainError | None = None


def dispatch(draft: Draft, letter: Letter) -> Dispatched:
    """Accept what a draft holds, in batches, in order; what was accepted before is not accepted again."""
    batches: list[UUID] = []
    try:
        for number, recipients in enumerate(letter.pieces()):
            batches.append(_accept(draft, letter.content, number, recipients))
    except DomainError as error:
        log.warning(
            "draft_not_sent", draft=str(draft.pk), by=draft.made_by, code=error.code, batches=len(batches)
        )
        return Dispatched(batches, error)
    mark_sent(draft)
    log.info(
        "draft_sent", draft=str(draft.pk), by=draft.made_by, application=draft.application.pk,
        messages=len(letter.mobiles), batches=[str(batch) for batch in batches],
    )  # fmt: skip
    return Dispatched(batches)


def _accept(draft: Draft, content: str | None, number: int, recipients: Recipients) -> UUID:
    """Return the batch that was made of one piece, now or before."""
    first = _look(draft, number)
    if isinstance(first, UUID):
        return first
    try:
        accepted = accept_batch(
            draft.application,
            content,
            recipients,
            Options(draft.category, draft.extno, draft.send_at, draft.expires_at),
            skip_invalid=True,
            only=OnceOnly(first, _write),
            origin=Origin(sent_by=draft.made_by),
        )
    except (TwinWasFirst, Refused, Throttled, Unpaid):
        # A second press of the button was quicker: what it made is ours too.
        first = _look(draft, number)
        if isinstance(first, UUID):
            return first
        raise
    if accepted.status == State.QUEUED:
        tasks.ring_lane(draft.category, chunks=tasks.MOST_CHAINS)
    return accepted.batch.pk


def _look(draft: Draft, number: int) -> Once | UUID:
    first = look(draft.application.pk, OPERATION, key_of(draft, number), bytes(draft.fingerprint))
    return first if isinstance(first, Once) else UUID(bytes=first)


def _write(accepted: AcceptedBatch) -> bytes:
    return accepted.batch.pk.bytes
