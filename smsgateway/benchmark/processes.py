"""What a program and all that it started cost: processor time and memory. On Linux; elsewhere they show as 0."""

import os
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")
PROC = Path("/proc")


@dataclass(frozen=True)
class Memory:
    """Bytes. `shared_out` (PSS) divides each page by those who share it, so that sums are true."""

    resident: int
    shared_out: int
    processes: int


def family(pid: int) -> list[int]:
    """A process and everything below it."""
    children: dict[int, list[int]] = defaultdict(list)
    for fields in _all_stats():
        children[int(fields[2])].append(int(fields[0]))
    found = [pid]
    for member in found:
        found.extend(children[member])
    return found


def cpu_seconds(pid: int) -> float:
    """Processor time of a family since its start, members that have ended and were waited for included."""
    members = set(family(pid))
    ticks = sum(sum(map(int, fields[12:16])) for fields in _all_stats() if int(fields[0]) in members)
    return ticks / TICKS


def memory(pid: int) -> Memory:
    """What a family holds now."""
    resident = shared_out = processes = 0
    for member in family(pid):
        try:
            text = (PROC / str(member) / "smaps_rollup").read_text()
        except OSError:
            continue
        resident += _kilobytes(text, "Rss:")
        shared_out += _kilobytes(text, "Pss:")
        processes += 1
    return Memory(resident * 1024, shared_out * 1024, processes)


def _kilobytes(text: str, label: str) -> int:
    return next(int(line.split()[1]) for line in text.splitlines() if line.startswith(label))


def _all_stats() -> Iterable[list[str]]:
    """Each process's fields of `stat`: pid, state, parent, and on as proc(5) counts them, less one from the name on."""
    for path in PROC.glob("[0-9]*/stat"):
        try:
            pid, _, rest = path.read_text().partition(" (")
        except OSError:
            continue
        # The name may hold spaces and brackets; after its last bracket come state and numbers.
        yield [pid, *rest.rpartition(")")[2].split()]
