"""What the person at the terminal sees: lines, and below them one line that changes in place."""

import contextlib
import os
import sys
from typing import TextIO

COLOURS = (36, 33, 32, 35, 34, 96, 93, 92, 95, 94)
NAME_WIDTH = 14


class Terminal:
    """Standard output by default. When nobody reads it any more, we carry on without it."""

    def __init__(self, stream: TextIO | None = None, *, silent: bool = False) -> None:
        self._stream = stream or sys.stdout
        self._silent = silent
        self._tty = self._stream.isatty()
        self._status = ""

    def line(self, text: str = "") -> None:
        self._write(self._cleared() + text + "\n" + self._status)

    def log_line(self, name: str, text: str) -> None:
        """One line of a program's log, behind the program's name."""
        label = f"{name:<{NAME_WIDTH}}"
        if self._tty:
            label = f"\033[{COLOURS[sum(name.encode()) % len(COLOURS)]}m{label}\033[0m"
        self.line(f"{label} | {text}")

    def status(self, text: str) -> None:
        """Shows `text` until the next status; only a terminal can take it back, so others get nothing."""
        if self._tty and text != self._status:
            before = self._cleared()
            self._status = text
            self._write(before + text)

    def _cleared(self) -> str:
        return "\r\033[K" if self._status else ""

    def _write(self, text: str) -> None:
        if self._silent:
            return
        try:
            self._stream.write(text)
            self._stream.flush()
        except OSError:
            self._silent = True
            with contextlib.suppress(OSError):  # or Python complains once more when it exits
                os.dup2(os.open(os.devnull, os.O_WRONLY), self._stream.fileno())
