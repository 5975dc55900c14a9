"""What can be measured, in the order in which it is."""

from collections.abc import Callable
from dataclasses import dataclass

from smsgateway.benchmark import bulk, lanes, singles
from smsgateway.benchmark.rig import Rig
from smsgateway.benchmark.sizes import Sizes

C = "c"
STATEMENTS = "statements"
MEMORY = "memory"


@dataclass(frozen=True)
class Case:
    """One thing to do; it takes the readings of one or more figures. A rate has C taken before and after."""

    name: str
    measure: Callable[[Rig, Sizes], dict[str, float]]
    rate: bool = True


CASES = (
    Case("bulk-accept", bulk.accept),
    Case("bulk-accept-guarded", bulk.accept_guarded),
    Case("bulk", bulk.submit),
    Case("bulk-reports", bulk.submit_and_report),
    Case("p2p", bulk.submit_own_texts),
    Case("gateway", bulk.through_gateway),
    Case("reports", bulk.ingest),
    Case("single-accept-1", singles.accept_by_1),
    Case("single-accept-10", singles.accept_by_10),
    Case("single-accept-50", singles.accept_by_50),
    Case("single-accept-guarded", singles.accept_guarded),
    Case("single", singles.submit),
    Case("otp-idle", lanes.idle, rate=False),
    Case("otp-backlog", lanes.behind_backlog, rate=False),
)
NAMES = (C, STATEMENTS, *(case.name for case in CASES), MEMORY)
