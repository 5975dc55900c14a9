"""Processes that a supervisor left behind because it was killed itself."""

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

from smsgateway.local.home import Home
from smsgateway.local.program import Process, Program, kill_group


@dataclass(frozen=True)
class Orphan:
    """A process as an earlier run wrote it down. Pids are used again, so its start belongs to its name."""

    pid: int
    started: str
    stop_signal: int

    def running(self) -> bool:
        return started(self.pid) == self.started

    def stop(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, self.stop_signal)

    def kill(self) -> None:
        if self.running():
            kill_group(self.pid)


def write_down(home: Home, running: Iterable[tuple[Program, Process]]) -> None:
    """Remembers what runs, for the case that we cannot stop it ourselves."""
    orphans = [
        Orphan(process.pid, started(process.pid) or "", program.stop_signal) for program, process in running
    ]
    home.write("processes", {"running": [asdict(orphan) for orphan in orphans]})


def left_behind(home: Home) -> list[Orphan]:
    """What still runs of an earlier run. To be called by who holds the home's lock."""
    orphans = [Orphan(**written) for written in home.read("processes").get("running", [])]
    return [orphan for orphan in orphans if orphan.running()]


def started(pid: int) -> str | None:
    """When the process began, in a form that is good for comparing; None when there is none.

    A zombie counts as none: in containers there may be nobody who collects it.
    """
    if sys.platform != "linux":
        return _started_by_ps(pid)
    try:
        # The command's name may hold spaces and brackets; after its last bracket come state and numbers.
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None
    return None if fields[0] == "Z" else fields[19]


def _started_by_ps(pid: int) -> str | None:
    output = subprocess.run(
        ["ps", "-o", "lstart=", "-p", str(pid)], capture_output=True, text=True, check=False
    )
    return output.stdout.strip() or None
