"""The dashboard's counts: events are folded into hours, once each, and read from there; messages are never counted.

A reader of the feed like any other: it takes an application's numbered events from where it stopped, and moves its
place on in the transaction that adds them up. So numbering, which readers wait for, does nothing more than before.
"""

from messaging.counting.codes import Seen, codes_seen
from messaging.counting.figures import ACCEPTED, Day, Figures, Slice, by_hour, by_slice, figures
from messaging.counting.folding import count_events, recount
from messaging.counting.reports import Awaiting, awaiting_reports
from messaging.counting.waits import CLASSES, WAITS, quantile

__all__ = [
    "ACCEPTED",
    "CLASSES",
    "WAITS",
    "Awaiting",
    "Day",
    "Figures",
    "Seen",
    "Slice",
    "awaiting_reports",
    "by_hour",
    "by_slice",
    "codes_seen",
    "count_events",
    "figures",
    "quantile",
    "recount",
]
