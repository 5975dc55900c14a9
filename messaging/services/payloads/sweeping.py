"""After a crash: pages on disk are taken in, and a pull that has no end is evidence that one may have been lost."""

from datetime import timedelta

from django.db import transaction
from django.db.models.functions import Now

from messaging import spool
from messaging.models import UpstreamPayload
from messaging.services.payloads import pausing, sounding

State = UpstreamPayload.State


def replay_spool() -> int:
    """Commit the pages that wait on this machine's disk; return how many."""
    return spool.replay()


def sweep_fetches() -> int:
    """Mark pulls that must have died; return how many. Index: payloads_waiting."""
    spool.replay()
    before = Now() - timedelta(seconds=pausing.lease_seconds())
    with transaction.atomic():
        lost = list(
            UpstreamPayload.objects.select_for_update(skip_locked=True, of=("self",))
            .select_related("upstream_account")
            .filter(state=State.STARTED, started_at__lt=before)
        )
        UpstreamPayload.objects.filter(pk__in=[p.pk for p in lost]).update(
            state=State.MAYBE_LOST, error="no_end"
        )
        for payload in lost:
            sounding.maybe_lost(payload, "no_end")
    return len(lost)
