"""Quotas: counted in PostgreSQL, reserved in blocks, never exceeded."""

import os
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from django.db import OperationalError, connection, connections, transaction

from accounts import quotas
from accounts.models import Application, QuotaUse
from accounts.quotas import blocks
from accounts.services import create_application
from tests.incoming.programs import environment
from tests.simulator.process import eventually

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("own_quota_units"),
    pytest.mark.fault("C2"),
]

PROGRAM = Path(__file__).with_name("quota_program.py")
ROOT = PROGRAM.parents[2]


@pytest.fixture
def limited():
    def application(daily=None, monthly=None):
        Application.objects.update_or_create(
            name="shop",
            defaults={"environment": "sandbox", "daily_quota": daily, "monthly_quota": monthly},
        )
        return Application.objects.get()

    return application


def used():
    use = QuotaUse.objects.get()
    return use.used_today, use.used_this_month


def move_row(days=0, months=0):
    """Let what was used have been used so long ago."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE accounts_quotause SET day = day - %s, month = (month - make_interval(months => %s))::date",
            [days, months],
        )


def test_who_has_no_quota_asks_nobody(limited, django_assert_num_queries):
    application = limited()
    with django_assert_num_queries(0):
        quotas.reserve(application, 10_000)
    assert not QuotaUse.objects.exists()


def test_a_block_is_a_thousandth_of_what_is_left(limited, django_assert_num_queries):
    application = limited(daily=20_000)
    for _ in range(20):
        quotas.reserve(application, 1)
    assert used() == (20, 20)
    with django_assert_num_queries(1):
        for _ in range(19):  # (20,000 - 20) // 1,000
            quotas.reserve(application, 1)
    assert used() == (39, 39)


def test_what_is_not_spent_comes_back(limited):
    application = limited(daily=1_000_000)
    began = time.monotonic()
    quotas.reserve(application, 1)
    assert used() == (1000, 1000)
    eventually(lambda: used() == (1, 1))
    assert 0.9 < time.monotonic() - began < 2.5
    eventually(lambda: not blocks._desks._returning)
    quotas.reserve(application, 1)
    eventually(lambda: used() == (2, 2))


def test_nothing_comes_back_of_what_is_being_spent(limited):
    application = limited(daily=1000)
    for _ in range(5):
        quotas.reserve(application, 3)
    assert used() == (15, 15)
    assert not blocks._desks._returning


def test_the_last_unit_is_given_and_no_more(limited):
    application = limited(daily=5)
    quotas.reserve(application, 3)
    with pytest.raises(quotas.Exceeded) as told:
        quotas.reserve(application, 3)
    assert (told.value.name, told.value.quota, told.value.left) == ("daily", 5, 2)
    quotas.reserve(application, 2)
    with pytest.raises(quotas.Exceeded):
        quotas.reserve(application, 1)
    assert used() == (5, 5)


def test_what_a_process_holds_counts_as_left(limited):
    application = limited(daily=10_000)
    quotas.reserve(application, 1)  # holds 9 more
    with pytest.raises(quotas.Exceeded) as told:
        quotas.reserve(application, 10_000)
    assert told.value.left == 9_999
    quotas.reserve(application, 9_999)
    assert used() == (10_000, 10_000)


def test_a_quota_of_nothing(limited):
    with pytest.raises(quotas.Exceeded):
        quotas.reserve(limited(daily=0), 1)
    assert used() == (0, 0)


def test_the_months_quota_is_the_news_when_both_are_used_up(limited):
    application = limited(daily=5, monthly=5)
    quotas.reserve(application, 5)
    with pytest.raises(quotas.Exceeded) as told:
        quotas.reserve(application, 1)
    assert told.value.name == "monthly"
    application = limited(daily=5, monthly=6)
    with pytest.raises(quotas.Exceeded) as told:
        quotas.reserve(application, 1)
    assert told.value.name == "daily"


def test_a_new_day_and_a_new_month_begin_with_nothing_used(limited):
    application = limited(daily=5, monthly=8)
    quotas.reserve(application, 5)
    move_row(days=1)
    quotas.reserve(application, 3)
    assert used() == (3, 8)
    with pytest.raises(quotas.Exceeded, match="monthly"):
        quotas.reserve(application, 1)
    assert used() == (3, 8)
    move_row(days=31, months=1)
    quotas.reserve(application, 5)
    assert used() == (5, 5)


def test_units_of_yesterday_are_not_spent_today(limited):
    application = limited(daily=1_000_000)
    quotas.reserve(application, 1)
    move_row(days=1)
    desk = blocks._desks.of(application.pk)
    desk.period = desk.period._replace(day=desk.period.day.replace(year=2000))
    desk.units = type(desk.units)({desk.period: 999})
    desk.ends_at = time.monotonic()  # midnight
    quotas.reserve(application, 1)
    assert used() == (1000, 2000)
    eventually(lambda: used() == (1, 2))


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Pacific/Pago_Pago"])
def test_a_day_is_one_of_the_staffs_zone(limited, settings, zone):
    settings.TIME_ZONE = zone
    application = limited(daily=1)
    quotas.reserve(application, 1)
    with pytest.raises(quotas.Exceeded) as told:
        quotas.reserve(application, 1)
    with connection.cursor() as cursor:
        cursor.execute("SELECT date(statement_timestamp() AT TIME ZONE %s)", [zone])
        assert cursor.fetchone()[0] == QuotaUse.objects.get().day
        cursor.execute("SELECT %s::timestamptz AT TIME ZONE %s", [told.value.anew_at, zone])
        midnight = cursor.fetchone()[0]
    assert (midnight.hour, midnight.minute) == (0, 0)
    assert (midnight.date() - QuotaUse.objects.get().day).days == 1
    assert 0 < told.value.seconds <= 86_400


def test_what_is_given_back_can_be_spent_again(limited):
    application = limited(daily=5)
    reservation = quotas.reserve(application, 5)
    quotas.give_back(reservation)
    quotas.reserve(application, 5)
    quotas.give_back(quotas.reserve(limited(daily=10), 5))
    eventually(lambda: used() == (5, 5))


def test_inside_a_transaction_its_rollback_gives_back(limited):
    application = limited(daily=1_000_000)
    with transaction.atomic():
        quotas.reserve(application, 7)
        assert used() == (7, 7)
        transaction.set_rollback(True)
    assert not QuotaUse.objects.exists()
    assert not blocks._desks._returning


def test_units_wait_while_the_database_is_away(limited, monkeypatch):
    application = limited(daily=1_000_000)
    wrapper, tries = connections["default"].__class__, []
    real = wrapper.ensure_connection

    def sometimes(self):
        if threading.current_thread().name == "quotas" and len(tries) < 2:
            tries.append(1)
            raise OperationalError
        real(self)

    monkeypatch.setattr(wrapper, "ensure_connection", sometimes)
    quotas.reserve(application, 1)
    eventually(lambda: len(tries) == 2)
    assert used() == (1000, 1000)
    eventually(lambda: used() == (1, 1))


def test_fifty_threads_share_exactly_the_quota(limited):
    application = limited(daily=137)

    def spend(_number):
        try:
            quotas.reserve(application, 1)
        except quotas.Exceeded:
            return 0
        else:
            return 1
        finally:
            connections.close_all()

    with ThreadPoolExecutor(50) as threads:
        assert sum(threads.map(spend, range(300))) == 137
    assert used() == (137, 137)


def start(how):
    return subprocess.Popen(
        [sys.executable, "-m", "tests.accounts.quota_program", how], cwd=ROOT, env=environment(),
        stdout=subprocess.PIPE, text=True,
    )  # fmt: skip


def test_processes_share_exactly_the_quota(limited):
    """Blocks and all: 50,000 units, of which each process holds up to 50 at a time."""
    limited(daily=50_000, monthly=60_000)
    processes = [start("all") for _ in range(3)]
    got = [int(process.communicate(timeout=100)[0]) for process in processes]
    assert sum(got) == 50_000
    assert min(got) > 0
    assert used() == (50_000, 50_000)


def test_a_killed_process_takes_its_block_with_it_and_no_more(limited):
    application = limited(daily=100_000)
    process = start("once")
    assert process.stdout.readline() == "1\n"
    process.kill()
    process.communicate()
    assert used() == (100, 100)
    with pytest.raises(quotas.Exceeded):
        quotas.reserve(application, 99_901)
    quotas.reserve(application, 99_900)


def test_a_forked_process_has_no_units(limited):
    application = limited(daily=1_000_000)
    quotas.reserve(application, 1)
    child = os.fork()
    if child == 0:
        os._exit(sum(blocks._desks.of(application.pk).units.values()) > 0)
    assert os.waitpid(child, 0)[1] == 0
    assert sum(blocks._desks.of(application.pk).units.values()) == 999


def test_staff_see_what_is_used(limited, client, django_user_model):
    application = limited(daily=1000)
    create_application("other", environment="sandbox")
    client.force_login(django_user_model.objects.create_superuser("boss"))
    page = f"/admin/accounts/application/{application.pk}/change/"
    assert "this month, with what is reserved" not in client.get(page).content.decode()
    quotas.reserve(application, 3)
    move_row(days=1)
    assert "0 today, 3 this month" in client.get(page).content.decode()
