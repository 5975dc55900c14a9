import stat
from pathlib import Path

import psycopg
import redis

from smsgateway.local.home import Home
from smsgateway.local.servers import embedded_servers


def test_servers_start_from_nothing_and_keep_their_data_and_addresses(home: Home) -> None:
    with embedded_servers(home, environment={}) as first:
        with psycopg.connect(first.database_url) as database:
            database.execute("CREATE TABLE kept AS SELECT '留' AS word")
        with redis.Redis.from_url(first.redis_url) as broker:
            broker.set("kept", "yes")

    with embedded_servers(home, environment={}) as second:
        assert second == first
        with psycopg.connect(second.database_url) as database:
            assert database.execute("SELECT word FROM kept").fetchone() == ("留",)
        with redis.Redis.from_url(second.redis_url) as broker:
            assert broker.get("kept") == b"yes"


def test_the_database_loses_nothing_it_confirmed_and_speaks_utf_8(home: Home) -> None:
    with embedded_servers(home, environment={}) as servers, psycopg.connect(servers.database_url) as database:
        shown = {name: database.execute(f"SHOW {name}").fetchone() for name in ("fsync", "server_encoding")}
    assert shown == {"fsync": ("on",), "server_encoding": ("UTF8",)}


def test_only_the_owner_can_read_a_home(home: Home) -> None:
    with embedded_servers(home, durable=False, environment={}):
        paths = [path for path in (home.folder, *home.folder.rglob("*")) if not path.is_symlink()]
        open_to_others = [path for path in paths if _mode(path) & (stat.S_IRWXG | stat.S_IRWXO)]
    assert not [path for path in open_to_others if path.parent in {home.folder, home.folder.parent, home.logs}]


def _mode(path: Path) -> int:
    return path.stat().st_mode if path.exists() else 0
