"""One program under supervision: started, started again when it dies, its log read along."""

import signal
import time
from collections.abc import Iterator
from typing import IO

from smsgateway.local.home import Home
from smsgateway.local.logs import Follower, LogFile
from smsgateway.local.program import Process, Program

FIRST_DELAY = 0.5
LONGEST_DELAY = 10.0
STEADY_AFTER = 30.0  # seconds; who lived that long begins with the first delay again


class Child:
    """A program and its present process."""

    def __init__(self, program: Program, home: Home, stdout: IO[str] | None = None) -> None:
        self.program = program
        self.log = LogFile(home.log(program.name))
        self._home = home
        self._delay = FIRST_DELAY
        self._due: float | None = None
        self._log_lines = Follower(home.log(program.name))
        self._start(stdout)

    def running(self) -> bool:
        return self.process.running()

    def revive(self) -> str | None:
        """Sees to it that the program runs; returns what there is to say about it."""
        if self.running() or not self.program.restart:
            return None
        if self._due is None:
            return self._put_off()
        if time.monotonic() >= self._due:
            self._start()
        return None

    def new_lines(self) -> Iterator[str]:
        yield from self._log_lines.lines()
        self.log.rotate()

    def ending(self) -> str:
        """How the process ended, in words."""
        code = self.process.returncode or 0
        return f"was killed by {signal.Signals(-code).name}" if code < 0 else f"ended with exit code {code}"

    def _start(self, stdout: IO[str] | None = None) -> None:
        self._due = None
        self._started = time.monotonic()
        self.process = Process(self.program, self._home, stdout)

    def _put_off(self) -> str:
        if time.monotonic() - self._started > STEADY_AFTER:
            self._delay = FIRST_DELAY
        delay, self._delay = self._delay, min(self._delay * 2, LONGEST_DELAY)
        self._due = time.monotonic() + delay
        return f"{self.program.name} {self.ending()}; starting it again in {delay:g} s"
