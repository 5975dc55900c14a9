"""What a person must know of a body that came, or did not come, from upstream."""

import structlog

from messaging import alarming
from messaging.models import UpstreamPayload

log = structlog.get_logger(__name__)

ASK_AGAIN = "Check the line to the gateway, and ask the vendor to hand it out again, or to push reports."


def maybe_lost(payload: UpstreamPayload, reason: str) -> None:
    """A pull that ended without a whole answer: what the gateway handed out with it is gone there."""
    _log(payload, "fetch_maybe_lost", reason)
    alarming.sound(
        "fetch_maybe_lost",
        payload.upstream_account.name,
        detail="A fetch of reports or replies ended without a whole answer. What was handed out with it is gone there.",
        next_step=ASK_AGAIN,
    )


def cut_short(payload: UpstreamPayload) -> None:
    """A page of which only the beginning came; its whole items are applied."""
    _log(payload, "page_cut_short", "truncated")
    alarming.sound(
        "page_cut_short",
        payload.upstream_account.name,
        detail="A page of reports or replies ended too early. Its whole items are applied, what came is kept.",
        next_step=ASK_AGAIN,
    )


def unreadable(payload: UpstreamPayload, items: int | None = None) -> None:
    """A body, or some items of one, that can't be read."""
    _log(payload, "payload_unreadable", f"{items} items" if items else "body")
    what = f"{items} items of a body" if items else "A body"
    alarming.sound(
        "payload_unreadable",
        payload.upstream_account.name,
        detail=f"{what} from the gateway can't be read. All is kept as it came.",
        next_step="Look at it in the admin, under Upstream payloads, and show the raw text to the vendor.",
    )


def _log(payload: UpstreamPayload, event: str, reason: str) -> None:
    log.error(
        event, payload=str(payload.pk), account=payload.upstream_account_id, kind=payload.kind, reason=reason
    )
