"""Where settings come from: the environment (or `NAME_FILE`), `.env`, then the one-machine service found running."""

import os
import re
from pathlib import Path

import environ
from django.core.exceptions import ImproperlyConfigured
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


LIMITS = re.compile(r"(?P<category>[a-z]+)=(?P<limits>[0-9]+/[0-9]+(,[0-9]+/[0-9]+)*)", re.ASCII)


def limits_by_category(text: str) -> dict[str, tuple[tuple[int, float], ...]]:
    """Read `otp=1/60,5/3600;marketing=3/86400`: so many messages in so many seconds, by category."""
    found = {}
    for entry in filter(None, text.replace(" ", "").split(";")):
        match = LIMITS.fullmatch(entry)
        if match is None:
            raise ImproperlyConfigured(f"FREQUENCY_LIMITS: {entry!r} should look like otp=1/60,5/3600.")
        pairs = (limit.split("/") for limit in match["limits"].split(","))
        found[match["category"]] = tuple((int(most), float(seconds)) for most, seconds in pairs)
    return found
