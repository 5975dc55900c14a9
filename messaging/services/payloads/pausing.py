"""Whoever refuses to hand out pages is asked less often: a pause is the pull's lease, held by nobody."""

from datetime import timedelta

from django.conf import settings
from django.db.models.functions import Now

from messaging import alarming
from messaging.models import JobLease, UpstreamPayload, new_id

State = UpstreamPayload.State

FIRST_PAUSE_SECONDS = 10
LONGEST_PAUSE_SECONDS = 60
SHOUT_AFTER = 3
MOST_LOOKED_AT = 8


def lease_name(account_id: int, kind: str) -> str:
    return f"pull {kind} {account_id}"


def lease_seconds() -> float:
    """Longer than any call can take; a pull that has not ended by then died."""
    return float((settings.UPSTREAM_DEADLINE_SECONDS + settings.UPSTREAM_CONNECT_SECONDS) * 2)


def pause(payload: UpstreamPayload) -> None:
    """Put off the next pull of this account and kind: the more failures in a row, the longer."""
    failures = max(_failures_in_a_row(payload), 1)
    seconds = min(FIRST_PAUSE_SECONDS * 2 ** (failures - 1), LONGEST_PAUSE_SECONDS)
    JobLease.objects.update_or_create(
        name=lease_name(payload.upstream_account_id, payload.kind),
        defaults={"holder": new_id(), "until": Now() + timedelta(seconds=seconds)},
    )
    if failures >= SHOUT_AFTER:
        alarming.sound(
            "pull_refused",
            _subject(payload),
            detail=f"The last {failures} pulls or more were refused, failed, or answered by something else.",
            next_step="Look at the errors under Upstream payloads. Until this ends no report or reply is pulled there.",
        )


def end_pause(payload: UpstreamPayload) -> None:
    """The gateway hands out pages again."""
    alarming.silence("pull_refused", _subject(payload))


def _subject(payload: UpstreamPayload) -> str:
    return f"{payload.upstream_account.name}: {payload.kind}"


def _failures_in_a_row(payload: UpstreamPayload) -> int:
    """Index: payloads_of_account."""
    ended = UpstreamPayload.objects.filter(
        upstream_account_id=payload.upstream_account_id, kind=payload.kind
    ).exclude(state=State.STARTED)
    last = ended.order_by("-pk").values_list("state", "error")[:MOST_LOOKED_AT]
    good = [n for n, (state, error) in enumerate(last) if state in (State.RECEIVED, State.READ) and not error]
    return good[0] if good else len(last)
