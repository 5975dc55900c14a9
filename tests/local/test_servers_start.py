import stat

import psycopg
import redis

from smsgateway.local.home import Home
from smsgateway.local.servers import embedded_servers
from tests.local.conftest import processes_in


def test_servers_start_from_nothing_and_keep_their_data_and_addresses(home: Home) -> None:
    with embedded_servers(home, environment={}) as first:
        with psycopg.connect(first.database_url) as database:
            assert _shown(database, "fsync", "server_encoding") == ["on", "UTF8"]
            database.execute("CREATE TABLE kept AS SELECT '留' AS word")
        with redis.Redis.from_url(first.redis_url) as broker:
            broker.set("kept", "yes")

    with embedded_servers(home, environment={}) as second:
        assert second == first
        with psycopg.connect(second.database_url) as database:
            assert database.execute("SELECT word FROM kept").fetchone() == ("留",)
        with redis.Redis.from_url(second.redis_url) as broker:
            assert broker.get("kept") == b"yes"


def test_nothing_of_them_is_left_at_the_end(home: Home) -> None:
    with embedded_servers(home, durable=False, environment={}) as servers:
        client = psycopg.connect(servers.database_url)
        assert len(processes_in(home.folder)) > 2
    assert not processes_in(home.folder)
    client.close()


def test_only_the_owner_can_read_a_home(home: Home) -> None:
    with embedded_servers(home, durable=False, environment={}):
        paths = [home.folder, *home.folder.iterdir(), *home.logs.iterdir()]
        assert not [path for path in paths if path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO)]


def _shown(database: psycopg.Connection, *settings: str) -> list[str]:
    rows = [database.execute("SELECT current_setting(%s)", (setting,)).fetchone() for setting in settings]
    return [row[0] for row in rows if row]
