"""Claim a chunk, commit the attempt, call, record: the way a message leaves the house."""

import structlog

from messaging.services.submission.calling import call
from messaging.services.submission.claiming import Claimed, claim

log = structlog.get_logger(__name__)

__all__ = ["Claimed", "claim", "submit_claimed", "submit_next"]


def submit_next(lane: str) -> bool:
    """Submit one due chunk of a lane; return False when nothing could be claimed."""
    claimed = claim(lane)
    if claimed is None:
        return False
    submit_claimed(claimed)
    return True


def submit_claimed(claimed: Claimed) -> None:
    """Make the call of a prepared attempt and record what came of it."""
    outcome = call(claimed)
    log.info(
        "attempt_ended", attempt=str(claimed.attempt_id), chunk=str(claimed.chunk_id),
        account=claimed.account.pk, size=len(claimed.members), outcome=outcome,
    )  # fmt: skip
