import pytest

from smsgateway.local.home import Home
from smsgateway.local.servers import embedded_servers

GIVEN = {"DATABASE_URL": "postgresql://db.example/sms", "REDIS_URL": "redis://bell.example/0"}


def test_named_servers_are_used_and_no_embedded_one_starts(home: Home) -> None:
    with embedded_servers(home, environment=GIVEN) as servers:
        assert [servers.database_url, servers.redis_url] == list(GIVEN.values())
        assert not list(home.logs.iterdir())


@pytest.mark.parametrize(
    ("name", "started", "not_started"),
    [("DATABASE_URL", "valkey", "postgres"), ("REDIS_URL", "postgres", "valkey")],
)
def test_only_the_other_one_starts(home: Home, name: str, started: str, not_started: str) -> None:
    with embedded_servers(home, durable=False, environment={name: GIVEN[name]}):
        assert home.log(started).exists()
        assert not home.log(not_started).exists()
