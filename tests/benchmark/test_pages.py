"""The admin's pages, timed and their plans read."""

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.db import connection

from accounts.models import Application
from messaging.recipients import Item
from messaging.services import intake
from smsgateway.benchmark.pages import time_pages
from smsgateway.benchmark.plans import FEW, read_whole

pytestmark = pytest.mark.django_db


@pytest.fixture
def big() -> None:
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMPORARY TABLE big (id int PRIMARY KEY, other int)")
        cursor.execute("INSERT INTO big SELECT i, i FROM generate_series(0, %s) i", [FEW])
        cursor.execute("ANALYZE big")


@pytest.mark.parametrize(
    ("query", "tables"),
    [
        ("SELECT count(*) FROM big", ["big"]),
        ("SELECT * FROM big WHERE other = 7", ["big"]),
        ("SELECT * FROM big WHERE id = 7", []),
        ("SELECT * FROM big LIMIT 10", []),
        ("WITH found AS MATERIALIZED (SELECT * FROM big) SELECT count(*) FROM found", ["big"]),
    ],
)
def test_a_table_that_is_read_whole_is_named(big: None, query: str, tables: list[str]):
    def run() -> None:
        with connection.cursor() as cursor:
            cursor.execute(query)

    assert read_whole(run) == tables


def test_every_list_and_search_is_timed_and_nothing_is_left(
    shop: Application, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("smsgateway.benchmark.pages.TIMES", 1)
    item = Item("13800000001", "【Acme】hi", "order-1")
    intake.accept_message(shop, item, intake.Options())
    timed = {page.page: page for page in time_pages()}
    wanted = (
        "stuck and why",
        "dashboard",
        "list of messages",
        "messages by number",
        "messages by reference",
        "messages, unknown",
    )
    assert set(wanted) <= timed.keys()
    assert all(page.milliseconds > 0 for page in timed.values())
    assert not any(page.whole for page in timed.values())
    assert not User.objects.exists()


def test_a_page_that_takes_too_long_fails_the_command(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("smsgateway.benchmark.pages.TIMES", 1)
    monkeypatch.setattr("smsgateway.benchmark.pages._of_messages", list)
    with pytest.raises(CommandError, match="pages take 0 ms or more"):
        call_command("benchmark_admin", most=0)
    assert "FAIL" in capsys.readouterr().out
