"""The months of messages are made ahead, by whoever holds the lease."""

import structlog

from messaging import partitions
from messaging.leases import lease

log = structlog.get_logger(__name__)

LEASE_SECONDS = 600


def keep_months() -> list[str]:
    """Make what is missing of this month and the next two; return the new tables. When all is there, it costs little.

    Traffic that leaves no moment for it is no error: the next run tries again, and an alarm watches.
    """
    with lease("months", seconds=LEASE_SECONDS) as ours:
        if not ours:
            return []
        try:
            return partitions.make_months()
        except partitions.Busy:
            log.warning("months_not_made")
            return []
