"""Where settings come from: the environment (or `NAME_FILE`), `.env`, then the one-machine service found running."""

import os
from pathlib import Path

import environ
from environ.fileaware_mapping import FileAwareMapping

from smsgateway.local.home import running_environment


def load(checkout: Path, home: Path) -> environ.FileAwareEnv:
    """Return the typed reader of settings; a variable of the process wins over `.env`, and that over the home."""
    environ.Env.read_env(checkout / ".env")
    env = environ.FileAwareEnv()
    env.ENVIRON = FileAwareMapping(env={**running_environment(home), **os.environ})
    return env
