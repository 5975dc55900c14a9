"""Runs the programs of a service and keeps them running.

One thread, one loop: whoever waits, waits in `Supervisor.wait`, and everything is looked after meanwhile.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from types import TracebackType
from typing import IO, Self

from smsgateway.local.child import Child
from smsgateway.local.errors import Interrupted, ProgramError
from smsgateway.local.home import Home
from smsgateway.local.orphans import left_behind, write_down
from smsgateway.local.program import Program
from smsgateway.local.progress import Step
from smsgateway.local.shutdown import shut_down
from smsgateway.local.stop_requests import StopRequests
from smsgateway.local.terminal import Terminal

TICK = 0.05
GIVE_UP_AFTER = 5.0  # seconds during which a program that dies while starting is started again
ORPHANS_GRACE = 60.0


class Supervisor:
    """A context: at its end nothing that it started is left. Used while holding the home's lock."""

    def __init__(self, home: Home, terminal: Terminal) -> None:
        self.home = home
        self.terminal = terminal
        self.stop_requests = StopRequests()
        self.shows: Callable[[Program, str], bool] = lambda _program, _line: False
        self.children: list[Child] = []
        self._written_down: list[int] = []
        self._step: Step | None = None

    def __enter__(self) -> Self:
        with self.step("Ending what an earlier run left behind"):
            self._end_orphans()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        already_asked = self.stop_requests.count
        shut_down(self.children, self.terminal, hurried=lambda: self.stop_requests.count > already_asked)
        self.home.forget("processes")

    def start(self, program: Program, stdout: IO[str] | None = None) -> Child:
        """Starts the program; from now on it is looked after."""
        child = Child(program, self.home, stdout)
        self.children.append(child)
        self._write_down()
        return child

    def run(self, program: Program, stdout: IO[str] | None = None) -> None:
        """Runs the program to its end; raises ProgramError when that is not a good one."""
        child = self.start(replace(program, restart=False), stdout)
        self.wait(lambda: not child.running())
        self.children.remove(child)
        if child.process.returncode:
            raise _failure(child, child.ending())

    def wait_ready(self, child: Child, seconds: float = 60.0) -> None:
        """Waits until the program is ready; raises ProgramError when it does not come to that."""
        began = time.monotonic()

        def settled() -> bool:
            if child.running():
                return child.program.ready()
            return time.monotonic() - began > GIVE_UP_AFTER

        in_time = self.wait(settled, seconds)
        if not child.running():
            raise _failure(child, child.ending())
        if not in_time:
            raise _failure(child, f"is not ready after {seconds:.0f} s")

    def wait(self, condition: Callable[[], bool], seconds: float = float("inf")) -> bool:
        """Looks after everything until the condition holds (True) or the time is over (False).

        Raises Interrupted when somebody asked us to stop.
        """
        until = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > until:
                return False
            self._tick()
            time.sleep(TICK)
        return True

    @contextmanager
    def step(self, what: str) -> Iterator[None]:
        """Shows that this is under way, if it takes its time."""
        self._step = Step(self.terminal, what)
        try:
            yield
        finally:
            self._step.end()
            self._step = None

    def _tick(self) -> None:
        if self.stop_requests.count:
            raise Interrupted
        for child in self.children:
            if news := child.revive():
                self.terminal.line(news)
            self._show_log(child)
        self._write_down()
        if self._step:
            self._step.beat()

    def _show_log(self, child: Child) -> None:
        for line in child.new_lines():
            if self.shows(child.program, line):
                self.terminal.log_line(child.program.name, line)

    def _write_down(self) -> None:
        pids = [child.process.pid for child in self.children]
        if pids != self._written_down:
            write_down(self.home, [(child.program, child.process) for child in self.children])
            self._written_down = pids

    def _end_orphans(self) -> None:
        orphans = left_behind(self.home)
        for orphan in orphans:
            orphan.stop()
        self.wait(lambda: not any(orphan.running() for orphan in orphans), ORPHANS_GRACE)
        for orphan in orphans:
            orphan.kill()


def _failure(child: Child, what: str) -> ProgramError:
    return ProgramError(f"{child.program.name} {what}. The end of its log:\n\n{child.log.last_lines()}")
