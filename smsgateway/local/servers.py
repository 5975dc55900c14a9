"""The database and the broker of a home: those the environment names, else embedded ones."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from smsgateway.local.binaries import find_postgres, find_valkey
from smsgateway.local.home import Home
from smsgateway.local.postgres import Postgres
from smsgateway.local.supervisor import Supervisor
from smsgateway.local.terminal import Terminal
from smsgateway.local.valkey import Valkey


@dataclass(frozen=True)
class Servers:
    """Where they are, passwords included."""

    database_url: str
    redis_url: str


@contextmanager
def embedded_servers(
    home: Home, *, durable: bool = True, environment: Mapping[str, str] = os.environ
) -> Iterator[Servers]:
    """The servers of a home, for as long as the context lasts; nobody restarts them meanwhile.

    Raises LocalError when the home is in use or a server does not start.
    """
    with home.lock(), Supervisor(home, Terminal(silent=True)) as supervisor:
        yield start_servers(supervisor, durable=durable, environment=environment)


def start_servers(
    supervisor: Supervisor, *, durable: bool = True, environment: Mapping[str, str] = os.environ
) -> Servers:
    """Starts what DATABASE_URL and REDIS_URL do not name; the supervisor keeps it running."""
    return Servers(
        database_url=environment.get("DATABASE_URL") or _start_postgres(supervisor, durable),
        redis_url=environment.get("REDIS_URL") or _start_valkey(supervisor, durable),
    )


def _start_postgres(supervisor: Supervisor, durable: bool) -> str:
    postgres = Postgres(supervisor, find_postgres(), durable=durable)
    with supervisor.step("Starting PostgreSQL"):
        postgres.start()
    return postgres.url()


def _start_valkey(supervisor: Supervisor, durable: bool) -> str:
    valkey = Valkey(supervisor, find_valkey(), durable=durable)
    with supervisor.step("Starting Valkey"):
        valkey.start()
    return valkey.url()
