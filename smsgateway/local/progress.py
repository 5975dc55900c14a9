"""Progress of what takes more than a second."""

import time

from smsgateway.local.terminal import Terminal


class Step:
    """One line about work under way, `Starting PostgreSQL ... 1.6 s`; none when it was done at once."""

    ANNOUNCE_AFTER = 1.0

    def __init__(self, terminal: Terminal, what: str) -> None:
        self._terminal = terminal
        self._what = what
        self._began = time.monotonic()

    def beat(self) -> None:
        """To be called while the work goes on."""
        if self._seconds() >= self.ANNOUNCE_AFTER:
            self._terminal.status(f"{self._what} ... {self._seconds():.0f} s")

    def end(self) -> None:
        self._terminal.status("")
        if self._seconds() >= self.ANNOUNCE_AFTER:
            self._terminal.line(f"{self._what} ... {self._seconds():.1f} s")

    def _seconds(self) -> float:
        return time.monotonic() - self._began
