"""C is a rate of rows, taken only where a commit waits for the disk, and leaves nothing behind."""

import psycopg
import pytest
from django.db import connection

from smsgateway.benchmark import yardstick
from smsgateway.benchmark.yardstick import Yardstick
from smsgateway.local.errors import LocalError

pytestmark = pytest.mark.django_db


@pytest.fixture
def url():
    made = connection.settings_dict
    return f"postgres://{made['USER']}:{made['PASSWORD']}@{made['HOST']}:{made['PORT']}/{made['NAME']}"


def schemas(url):
    with psycopg.connect(url) as plain:
        query = "SELECT count(*) FROM pg_namespace WHERE nspname = %s"
        return plain.execute(query, [yardstick.SCHEMA]).fetchone()[0]


def test_rows_are_stored_and_forgotten(url, monkeypatch):
    stored = []

    def look(plain):
        stored.append(plain)

    monkeypatch.setattr(yardstick, "_refuse_shortcuts", look)
    assert Yardstick(url, 20_000).measure() > 100
    assert stored
    assert schemas(url) == 0


def test_every_row_is_copied(url, monkeypatch):
    counted = []
    real = yardstick._table

    def counting(plain):
        @yardstick.contextmanager
        def table():
            with real(plain):
                yield
                counted.append(plain.execute(f"SELECT count(*) FROM {yardstick.SCHEMA}.row").fetchone()[0])

        return table()

    monkeypatch.setattr(yardstick, "_refuse_shortcuts", lambda plain: None)
    monkeypatch.setattr(yardstick, "_table", counting)
    Yardstick(url, 20_000).measure()
    assert counted == [20_000]


def test_a_server_that_does_not_wait_for_its_disk_is_refused(url):
    with psycopg.connect(url) as plain:
        if plain.execute("SHOW fsync").fetchone() == ("on",):
            pytest.skip("this server does wait")
    with pytest.raises(LocalError, match="fsync"):
        Yardstick(url, 10_000).measure()
    assert schemas(url) == 0
