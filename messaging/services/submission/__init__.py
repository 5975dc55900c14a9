"""Claim a chunk, commit the attempt, call, record: the way a message leaves the house."""

from collections.abc import Collection

import structlog

from messaging.services.submission.calling import call
from messaging.services.submission.claiming import Claimed, claim

log = structlog.get_logger(__name__)

__all__ = ["Claimed", "claim", "submit_claimed", "submit_next"]


def submit_next(lane: str, *, leaving: Collection[str] = ()) -> Claimed | None:
    """Submit one due chunk for a worker of a lane, and return what it was; None when nothing could be claimed.

    `leaving`: lanes above it that others look after.
    """
    claimed = claim(lane, leaving=leaving)
    if claimed:
        submit_claimed(claimed)
    return claimed


def submit_claimed(claimed: Claimed) -> None:
    """Make the call of a prepared attempt and record what came of it."""
    outcome = call(claimed)
    log.info(
        "attempt_ended", attempt=str(claimed.attempt_id), chunk=str(claimed.chunk_id),
        account=claimed.account.pk, size=len(claimed.members), outcome=outcome,
    )  # fmt: skip
