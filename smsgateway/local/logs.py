"""Log files of the programs. They write straight into them; we read along.

So no line depends on the supervisor's health, and nobody waits for a full pipe.
"""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from smsgateway.local.home import open_private

MAX_BYTES = 10_000_000


class LogFile:
    """Appended to by one program; one older generation is kept as `.1`."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def open(self) -> BinaryIO:
        """For the program to write to."""
        self.rotate()
        return open(self._path, "ab", opener=open_private)

    def rotate(self) -> None:
        # The program keeps its descriptor, so the file is emptied, not moved. It appends: there is no hole.
        if self._path.exists() and self._path.stat().st_size > MAX_BYTES:
            shutil.copy2(self._path, self._path.with_suffix(".log.1"))
            os.truncate(self._path, 0)

    def last_lines(self, count: int = 15) -> str:
        text = self._path.read_bytes()[-20_000:].decode(errors="replace")
        return "\n".join(text.splitlines()[-count:])


class Follower:
    """Reads the lines that were added to a log file since it last looked, beginning at its present end."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._position = path.stat().st_size if path.exists() else 0
        self._rest = b""

    def lines(self) -> Iterator[str]:
        """Whole lines only; the rest of a line comes with its end."""
        with self._path.open("rb") as file:
            if os.fstat(file.fileno()).st_size < self._position:
                self._position = 0
            file.seek(self._position)
            added = file.read()
            self._position = file.tell()
        *whole, self._rest = (self._rest + added).split(b"\n")
        yield from (line.decode(errors="replace") for line in whole)
