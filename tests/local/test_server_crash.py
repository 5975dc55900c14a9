import os
import signal
from collections.abc import Callable

import psycopg
import redis

from smsgateway.local.servers import start_servers
from smsgateway.local.supervisor import Supervisor
from tests.local.conftest import Listener


def test_killed_servers_come_back_with_what_they_confirmed(
    supervisor: Supervisor, terminal: Listener
) -> None:
    servers = start_servers(supervisor, environment={})
    with psycopg.connect(servers.database_url) as database:
        database.execute("CREATE TABLE kept ()")
    with redis.Redis.from_url(servers.redis_url) as broker:
        broker.set("kept", "yes")

    for child in supervisor.children:
        os.kill(child.process.pid, signal.SIGKILL)

    assert supervisor.wait(_asking(lambda: _table(servers.database_url) == "kept"), seconds=15)
    assert supervisor.wait(_asking(lambda: _value(servers.redis_url) == b"yes"), seconds=15)
    assert terminal.said("postgres was killed by SIGKILL; starting it again in 0.5 s")
    assert terminal.said("valkey was killed by SIGKILL; starting it again in 0.5 s")


def _asking(question: Callable[[], bool]) -> Callable[[], bool]:
    def asked() -> bool:
        try:
            return question()
        except (psycopg.OperationalError, redis.ConnectionError):
            return False

    return asked


def _table(database_url: str) -> object:
    with psycopg.connect(database_url) as database:
        row = database.execute("SELECT to_regclass('kept')::text").fetchone()
    return row and row[0]


def _value(redis_url: str) -> object:
    with redis.Redis.from_url(redis_url) as broker:
        return broker.get("kept")
