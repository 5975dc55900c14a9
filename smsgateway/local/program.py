"""A program that the supervisor runs, and its process."""

import contextlib
import ctypes
import enum
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import IO

from smsgateway.local.home import CHECKOUT, Home
from smsgateway.local.logs import LogFile

PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None) if sys.platform == "linux" else None


class Stage(enum.IntEnum):
    """The order in which programs are stopped: nobody loses what they still need."""

    FRONT = 1
    WORKERS = 2
    SIMULATOR = 3
    VALKEY = 4
    POSTGRES = 5


@dataclass(frozen=True)
class Program:
    """What to run, how to see that it is ready and how to end it.

    `grace`: seconds it may take to end after `stop_signal`. `prepare` is called before each start.
    """

    name: str
    argv: tuple[str, ...]
    environment: Mapping[str, str] = field(default_factory=lambda: os.environ)
    stage: Stage = Stage.FRONT
    folder: Path = CHECKOUT
    ready: Callable[[], bool] = lambda: True
    prepare: Callable[[], None] = lambda: None
    stop_signal: signal.Signals = signal.SIGTERM
    kill_signal: signal.Signals = signal.SIGKILL
    grace: float = 10.0
    restart: bool = True
    quiet: bool = False  # its log is shown only to those who ask for everything


class Process:
    """One run of a program, in a session of its own, so that Ctrl-C at the terminal reaches only us."""

    def __init__(self, program: Program, home: Home, stdout: IO[str] | None = None) -> None:
        program.prepare()
        with LogFile(home.log(program.name)).open() as log:
            self._popen = subprocess.Popen(
                program.argv,
                cwd=program.folder,
                env=dict(program.environment),
                stdin=subprocess.DEVNULL,
                stdout=stdout or log,
                stderr=log,
                umask=0o077,
                start_new_session=True,
                preexec_fn=partial(_die_with_parent, program.stop_signal),  # noqa: PLW1509  we have no threads
            )
        self.pid = self._popen.pid
        self.returncode: int | None = None

    def running(self) -> bool:
        """When it has ended, what it started has too."""
        if self.returncode is None and (code := self._popen.poll()) is not None:
            kill_group(self.pid)
            self.returncode = code
        return self.returncode is None

    def send(self, number: signal.Signals) -> None:
        """To the program itself, which tells its children what it wants of them."""
        self._popen.send_signal(number)

    def kill(self) -> None:
        kill_group(self.pid)
        self._popen.wait()
        self.running()


def kill_group(pid: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)


def _die_with_parent(number: signal.Signals) -> None:
    """A killed supervisor takes its programs along (on Linux; elsewhere the next start ends them)."""
    if _libc:
        _libc.prctl(PR_SET_PDEATHSIG, number)
