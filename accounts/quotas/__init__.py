"""How many messages an application may have accepted in a day and in a month; never exceeded, and exact at the end.

PostgreSQL counts. A process reserves units in blocks of a thousandth of what is left, so that accepts do not queue at
one row; near the end a block is what a request needs. What a process does not spend it gives back after a second, and
when it ends; one that is killed takes its block with it until the period ends, so that less is accepted, never more.
"""

from accounts.quotas.blocks import Reservation, give_back, has_quota, reserve
from accounts.quotas.counting import Exceeded

__all__ = ["Exceeded", "Reservation", "give_back", "has_quota", "reserve"]
