"""The monthly partitions of messages.

A month (in UTC) is a range of the primary key, a UUIDv7. What no month takes goes to the default partition, so a
message is stored whatever happens here; later it is put where it belongs.
"""

from messaging.partitions.dropping import drop, drop_detached, has_open_messages
from messaging.partitions.locking import Busy
from messaging.partitions.making import make, make_months
from messaging.partitions.ranges import Month, Partition, ends_of_default, has_month, partitions

__all__ = [
    "Busy",
    "Month",
    "Partition",
    "drop",
    "drop_detached",
    "ends_of_default",
    "has_month",
    "has_open_messages",
    "make",
    "make_months",
    "partitions",
]
