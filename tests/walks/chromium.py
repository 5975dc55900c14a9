"""A pytest plugin: says in red which walks nobody took where no browser was found.

A plugin and not a conftest: with pytest-xdist the process that prints the summary collects nothing.
"""

import shutil
from collections.abc import Iterator
from typing import Any

NAMES = ("chromium", "chromium-browser", "google-chrome")
WALKS = "tests/walks/"
MISSING = f"no browser found: none of {', '.join(NAMES)} is in PATH"


def find_chromium() -> str | None:
    """Return the path of a Chromium of this machine: the tests download none."""
    return next(filter(None, map(shutil.which, NAMES)), None)


def pytest_terminal_summary(terminalreporter: Any) -> None:
    skipped = terminalreporter.stats.get("skipped", [])
    missed = [report.nodeid for report in skipped if report.nodeid.startswith(WALKS)]
    if missed:
        terminalreporter.write_sep("=", "THE ADMIN WAS NOT WALKED", red=True, bold=True)
        for line in _told(missed):
            terminalreporter.write_line(line, red=True)


def _told(missed: list[str]) -> Iterator[str]:
    yield f"{MISSING}. Install one (Debian: apt-get install chromium) and run `pytest {WALKS}`. Not walked:"
    yield from (f"  {name}" for name in missed)
