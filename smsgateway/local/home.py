"""The folder in which the one-machine service keeps its data, secrets, logs and addresses.

`smsgateway.env` imports this module for every command, so it imports nothing heavy.
"""

import fcntl
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from smsgateway.local.errors import LocalError
from smsgateway.local.keys import new_secrets

CHECKOUT = Path(__file__).resolve().parents[2]

# What another command needs to work with the running service; environment variables of the same names win.
RUNNING = ("DATABASE_URL", "REDIS_URL", "SIMULATOR_URL", "SECRET_KEY", "FIELD_ENCRYPTION_KEYS")


@dataclass(frozen=True)
class Home:
    """One service's folder, 0700, with files 0600."""

    folder: Path

    @property
    def logs(self) -> Path:
        return self.folder / "logs"

    def log(self, name: str) -> Path:
        return self.logs / f"{name}.log"

    def prepare(self) -> None:
        """Makes the folder; raises LocalError when it cannot be ours."""
        try:
            self.logs.mkdir(mode=0o700, parents=True, exist_ok=True)
            self.folder.chmod(0o700)
        except OSError as error:
            raise LocalError(
                f"{self.folder} cannot be used: {error}. Choose another SMSGATEWAY_HOME."
            ) from error
        if self.folder.stat().st_uid != os.geteuid():
            raise LocalError(f"{self.folder} belongs to another user. Choose another SMSGATEWAY_HOME.")

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Holds the folder for this process; raises LocalError when another one has it."""
        self.prepare()
        with open(self.folder / "lock", "w", opener=open_private) as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise LocalError(self._already_running()) from error
            yield

    def secrets(self) -> dict[str, str]:
        """The secrets of this home, made on the first call."""
        if not (found := self.read("secrets")):
            found = new_secrets()
            self.write("secrets", found)
        return found

    def read(self, name: str) -> dict[str, Any]:
        """What `write` stored, or nothing, also when it is somebody else's."""
        try:
            stored: dict[str, Any] = json.loads((self.folder / f"{name}.json").read_text())
        except (FileNotFoundError, NotADirectoryError, PermissionError):
            return {}
        return stored

    def write(self, name: str, content: Mapping[str, Any]) -> None:
        """Replaces `name`.json as a whole: a reader, or a crash, meets the old one or the new one."""
        path = self.folder / f"{name}.json"
        with open(path.with_suffix(".new"), "w", opener=open_private) as file:
            json.dump(content, file, indent=2)
            file.flush()
            os.fsync(file.fileno())
        path.with_suffix(".new").replace(path)

    def forget(self, name: str) -> None:
        (self.folder / f"{name}.json").unlink(missing_ok=True)

    def _already_running(self) -> str:
        base_url = self.read("servers").get("BASE_URL")
        where = f" at {base_url}" if base_url else ""
        return (
            f"A service is already running in {self.folder}{where}. Stop it first, or run a second one "
            "beside it: SMSGATEWAY_HOME=/another/folder make run ARGS='--port 8001'"
        )


def running_environment(folder: Path) -> dict[str, str]:
    """How to reach the service of this home, as environment variables; empty without such a folder."""
    home = Home(folder)
    known = home.read("secrets") | home.read("servers")
    return {name: known[name] for name in RUNNING if name in known}


def open_private(path: str, flags: int) -> int:
    """An opener for files that are nobody else's to read."""
    return os.open(path, flags, 0o600)
