from pathlib import Path

import psycopg

from smsgateway.local.home import Home
from smsgateway.local.servers import embedded_servers


def test_two_homes_run_side_by_side(tmp_path: Path) -> None:
    one, two = Home(tmp_path / "one"), Home(tmp_path / "two")
    with (
        embedded_servers(one, durable=False, environment={}) as ours,
        embedded_servers(two, durable=False, environment={}) as theirs,
    ):
        with psycopg.connect(ours.database_url) as database:
            database.execute("CREATE TABLE ours ()")
        with psycopg.connect(theirs.database_url) as database:
            assert database.execute("SELECT to_regclass('ours')").fetchone() == (None,)
