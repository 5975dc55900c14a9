"""Where settings come from: the environment (or `NAME_FILE`), `.env`, then the one-machine service found running."""

import os
from pathlib import Path

import environ
from environ.fileaware_mapping import FileAwareMapping

from smsgateway.local.home import running_environment


class _Stripped(FileAwareMapping):  # type: ignore[misc]  # it ships no types
    """A mounted secret often ends with the line break of the editor that wrote it."""

    def __getitem__(self, key: str) -> str:
        return str(super().__getitem__(key)).strip()


def load(checkout: Path, home: Path) -> environ.FileAwareEnv:
    """Return the typed reader of settings; a variable of the process wins over `.env`, and that over the home."""
    environ.Env.read_env(checkout / ".env")
    env = environ.FileAwareEnv()
    env.ENVIRON = _Stripped(env={**running_environment(home), **os.environ})
    return env
