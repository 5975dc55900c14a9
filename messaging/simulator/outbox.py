"""What waits for a customer: delivery reports and inbound messages, each handed out once."""

from collections.abc import Iterator
from heapq import heappop, heappush
from itertools import count
from typing import NamedTuple

from messaging.simulator.clock import china_time
from messaging.simulator.wire import Row

INBOUND, REPORT = 0, 1


class Item(NamedTuple):
    """One report or inbound message, due at a Unix time; the first two fields are its place in the queue."""

    due: float
    order: int
    flag: int
    mid: str
    account: str
    access_code: str
    mobile: str
    text: str  # a report's stat, an inbound message's content

    def row(self) -> Row:
        """Write the item as sections 4 to 6 of the vendor's document show it."""
        return {
            "flag": self.flag,
            "mid": self.mid,
            "spid": self.account,
            "accessCode": self.access_code,
            "mobile": self.mobile,
            "stat" if self.flag == REPORT else "content": self.text,
            "time": china_time(int(self.due)),
        }


class Queue:
    """Items by the time they are due. Taking one removes it: there is no cursor and no acknowledgement."""

    def __init__(self) -> None:
        self._heap: list[Item] = []

    def __len__(self) -> int:
        return len(self._heap)

    def put(self, item: Item) -> None:
        heappush(self._heap, item)

    def take(self, now: float, size: int) -> list[Item]:
        """Remove and return at most `size` items that are due at Unix time `now`, the oldest first."""
        return list(self._due(now, size))

    def _due(self, now: float, size: int) -> Iterator[Item]:
        while size > 0 and self._heap and self._heap[0].due <= now:
            size -= 1
            yield heappop(self._heap)


class Outbox:
    """The two queues of one account."""

    def __init__(self, account: str) -> None:
        self.account = account
        self.reports = Queue()
        self.inbound = Queue()
        self.pushing: list[Item] = []  # taken for a push that is not yet acknowledged
        self._order = count()

    def put(self, flag: int, due: float, mid: str, access_code: str, mobile: str, text: str) -> None:
        """Queue a report (`text` is its stat) or an inbound message for Unix time `due`."""
        item = Item(due, next(self._order), flag, mid, self.account, access_code, mobile, text)
        self._queue(item).put(item)

    def begin_push(self, now: float, size: int) -> list[Item]:
        """Take at most `size` due items of both kinds, inbound messages first, until the push has ended."""
        inbound = self.inbound.take(now, size)
        self.pushing = inbound + self.reports.take(now, size - len(inbound))
        return self.pushing

    def end_push(self, *, taken: bool) -> None:
        """Forget what was pushed, or return it to its old place."""
        for item in self.pushing if not taken else ():
            self._queue(item).put(item)
        self.pushing = []

    def waiting(self) -> tuple[int, int]:
        """Count the reports and the inbound messages that nobody has, due or not."""
        reports = sum(item.flag for item in self.pushing)
        return len(self.reports) + reports, len(self.inbound) + len(self.pushing) - reports

    def _queue(self, item: Item) -> Queue:
        return self.reports if item.flag == REPORT else self.inbound
