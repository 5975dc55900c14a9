"""What the gateway took and what it gave away: the truth that tests compare our records with."""

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from messaging.simulator.outbox import Item
from messaging.simulator.wire import Row

LINES_PER_PORTION = 1_000


class Submission(NamedTuple):
    """The call that brought messages: its number among all calls, and the Unix time it was taken at."""

    call: int
    account: str
    extno: str
    time: float


class Entry(NamedTuple):
    """One accepted message; a million of them fit into memory because they share their texts and calls."""

    mid: str
    mobile: str
    content: str
    parts: int
    submission: Submission

    def row(self) -> Row:
        call = self.submission
        return {
            "mid": self.mid,
            "account": call.account,
            "mobile": self.mobile,
            "content": self.content,
            "extno": call.extno,
            "parts": self.parts,
            "time": call.time,
            "call": call.call,
        }


class Ledger:
    """Accepted messages, handed-out items and counts of calls, since the start or the last reset."""

    def __init__(self, path: Path | None = None) -> None:
        self._file = path.open("a", encoding="utf-8") if path else None
        self._clear()

    def _clear(self) -> None:
        self.entries: list[Entry] = []
        self.handed: list[Item] = []
        self._unwritten = 0
        self._per_mobile: Counter[str] = Counter()
        self._actions: Counter[str] = Counter()
        self._statuses: Counter[int] = Counter()

    def count_call(self, action: str) -> int:
        """Count a call that came in and answer its number."""
        self._actions[action] += 1
        return self._actions.total()

    def count_status(self, status: int) -> None:
        self._statuses[status] += 1

    def accept(self, entries: Sequence[Entry]) -> None:
        self.entries += entries
        self._per_mobile.update(entry.mobile for entry in entries)

    def hand_out(self, items: Iterable[Item]) -> None:
        self.handed += items

    def summary(self) -> dict[str, object]:
        """Count what was accepted and handed out."""
        reports = sum(item.flag for item in self.handed)
        return {
            "accepted": len(self.entries),
            "distinct_mobiles": len(self._per_mobile),
            "most_per_mobile": max(self._per_mobile.values(), default=0),
            "calls": dict(self._actions),
            "statuses": {str(status): times for status, times in sorted(self._statuses.items())},
            "reports_handed_out": reports,
            "inbound_handed_out": len(self.handed) - reports,
        }

    def write_some(self) -> bool:
        """Append the next new messages to the file as JSON lines; answer whether there were any.

        In portions, so that a caller who has calls to answer can do so in between.
        """
        if self._file is None:
            return False
        new = self.entries[self._unwritten : self._unwritten + LINES_PER_PORTION]
        self._file.writelines(json.dumps(entry.row(), ensure_ascii=False) + "\n" for entry in new)
        self._file.flush()
        self._unwritten += len(new)
        return bool(new)

    def flush(self) -> None:
        """Append all that is new to the file, if there is one."""
        while self.write_some():
            pass

    def reset(self) -> None:
        """Forget everything; the file keeps what it has."""
        self.flush()
        self._clear()

    def close(self) -> None:
        self.flush()
        if self._file is not None:
            self._file.close()
