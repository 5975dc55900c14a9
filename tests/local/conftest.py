import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from smsgateway.local.home import Home
from smsgateway.local.program import Program
from smsgateway.local.supervisor import Supervisor
from smsgateway.local.terminal import Terminal

Script = Callable[..., Program]


class Listener(Terminal):
    """A terminal that remembers what it was told."""

    def __init__(self) -> None:
        super().__init__(silent=True)
        self.lines: list[str] = []

    def line(self, text: str = "") -> None:
        self.lines.append(text)

    def said(self, words: str) -> bool:
        return any(words in line for line in self.lines)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = Home(tmp_path / "home")
    home.prepare()
    return home


@pytest.fixture
def terminal() -> Listener:
    return Listener()


@pytest.fixture
def supervisor(home: Home, terminal: Listener) -> Iterator[Supervisor]:
    with Supervisor(home, terminal) as supervisor:
        yield supervisor


@pytest.fixture
def script(tmp_path: Path) -> Script:
    """A stand-in program: some lines of Python, run in the test's own folder."""

    def make(code: str, name: str = "script", **options: Any) -> Program:
        return Program(name, (sys.executable, "-c", code), folder=tmp_path, **options)

    return make


def soon(condition: Callable[[], bool], seconds: float = 5.0) -> bool:
    """Waits for what happens without us."""
    until = time.monotonic() + seconds
    while not condition() and time.monotonic() < until:
        time.sleep(0.02)
    return condition()


def processes_in(folder: Path) -> list[int]:
    """Whoever works in that folder or below it, as servers do in their data."""
    return [int(link.parent.name) for link in Path("/proc").glob("[0-9]*/cwd") if _leads_into(link, folder)]


def _leads_into(link: Path, folder: Path) -> bool:
    try:
        return link.readlink().is_relative_to(folder)
    except OSError:
        return False
