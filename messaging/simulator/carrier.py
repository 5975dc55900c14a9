"""The carriers behind the gateway: what becomes of an accepted message, and what phones write."""

import time
from collections.abc import Iterator, Sequence
from itertools import count

from messaging.simulator import magic
from messaging.simulator.ledger import Entry
from messaging.simulator.outbox import INBOUND, REPORT, Outbox

SOMEBODY_ELSE = "13900000000"


def new_ids() -> Iterator[str]:
    """Count up ids of 16 upper-case hex digits, from the microsecond of the start: unique over restarts."""
    return (f"{number:016X}" for number in count(int(time.time() * 1_000_000) << 10))


class Carrier:
    """Plans reports and replies; `seconds_to_report` is for accounts that name no delay of their own."""

    def __init__(self, seconds_to_report: float, ids: Iterator[str]) -> None:
        self._seconds_to_report = seconds_to_report
        self._ids = ids

    def deliver(self, entries: Sequence[Entry], outbox: Outbox, delay: float | None) -> None:
        """Queue what the fate of each message's number says, `delay` seconds from its acceptance."""
        seconds = self._seconds_to_report if delay is None else delay
        for entry in entries:
            fate = magic.fate_of(entry.mobile)
            for report in fate.reports:
                self._report(entry, report, outbox, seconds)
            if fate.reply is not None:
                _write_back(entry, fate.reply, outbox, seconds)

    def _report(self, entry: Entry, report: magic.Report, outbox: Outbox, seconds: float) -> None:
        mid = next(self._ids) if report.stranger else entry.mid
        mid = mid.lower() if report.lower_case else mid
        mobile = SOMEBODY_ELSE if report.other_mobile else entry.mobile
        due = entry.submission.time + report.delays * seconds
        outbox.put(REPORT, due, mid, entry.submission.extno, mobile, report.stat)

    def write_in(self, outbox: Outbox, mobile: str, content: str, access_code: str) -> str:
        """Queue an inbound message that is due now, and answer its id."""
        mid = next(self._ids)
        outbox.put(INBOUND, time.time(), mid, access_code, mobile, content)
        return mid


def _write_back(entry: Entry, reply: str, outbox: Outbox, seconds: float) -> None:
    # The document's samples give a report and an inbound message one mid: two namespaces, so ours share too.
    due = entry.submission.time + 2 * seconds
    content = reply.replace("{}", entry.content)
    outbox.put(INBOUND, due, entry.mid, entry.submission.extno, entry.mobile, content)
