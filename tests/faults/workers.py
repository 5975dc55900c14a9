"""Workers that die on command, seen from a test."""

import json
import os
import select
import signal
import subprocess
import sys
import time
from collections import defaultdict
from typing import Any

from tests.simulator.process import ROOT

SECONDS = 30.0


class Worker:
    """One fork that does one job."""

    def __init__(self, crew: "Crew", pid: int) -> None:
        self._crew = crew
        self.pid = pid

    def ended(self) -> int:
        """Wait for its end; answer its exit code, -9 when it was killed."""
        code: int = self._crew.wait_for(self.pid, "ended")["code"]
        return code

    def stopped(self) -> "Worker":
        """Wait until it stands still at its point."""
        self._crew.wait_for(self.pid, "stopped")
        return self

    def go_on(self) -> None:
        os.kill(self.pid, signal.SIGCONT)


class Crew:
    """The program that forks them."""

    def __init__(self, environment: dict[str, str]) -> None:
        self._program = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.crashing_worker"],
            cwd=ROOT, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        )  # fmt: skip
        self._rest = b""
        self._events: dict[tuple[int, str], list[dict[str, Any]]] = defaultdict(list)
        self.wait_for(0, "ready")

    def start(self, job: str, *args: object, at: str = "", by: str = "SIGKILL", **settings: object) -> Worker:
        """Let a worker do `job` and meet signal `by` at a point; without a point it does its job."""
        assert self._program.stdin is not None
        order = {"job": job, "args": args, "point": at, "signal": by, "settings": settings}
        self._program.stdin.write(json.dumps(order).encode() + b"\n")
        self._program.stdin.flush()
        return Worker(self, self.wait_for(None, "started")["pid"])

    def killed(self, job: str, *args: object, at: str, **settings: object) -> None:
        """Let a worker be killed at a point."""
        assert self.start(job, *args, at=at, **settings).ended() == -signal.SIGKILL, f"it did not reach {at}"

    def wait_for(self, pid: int | None, event: str) -> dict[str, Any]:
        ends = time.monotonic() + SECONDS
        while time.monotonic() < ends:
            for (of, name), found in self._events.items():
                if name == event and pid in (None, of) and found:
                    return found.pop(0)
            self._read(ends - time.monotonic())
        raise AssertionError(f"worker {pid} has not {event}")

    def _read(self, seconds: float) -> None:
        assert self._program.stdout is not None
        readable, _, _ = select.select([self._program.stdout], [], [], max(seconds, 0))
        if not readable:
            return
        read = os.read(self._program.stdout.fileno(), 65536)
        assert read, "the crew has ended"
        *lines, self._rest = (self._rest + read).split(b"\n")
        for line in lines:
            told = json.loads(line)
            self._events[told["pid"], told["event"]].append(told)

    def end(self) -> None:
        self._program.kill()
        self._program.wait()
