"""What is left on each upstream account, how long it lasts, and which reports it owes."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import BalanceReading, UpstreamAccount
from accounts.readings import Spending, curves, spending
from messaging.models import HourOfSubmission
from tests.admin.test_first_page import first_page

NOW = timezone.now()


@pytest.fixture
def read(account: UpstreamAccount):
    """Readings, as minutes ago and 厘; the last is the account's."""
    BalanceReading.objects.all().delete()

    def run(*readings: tuple[float, int], charge_type: str = "PRECHARGE") -> None:
        for minutes, balance in readings:
            BalanceReading.objects.create(
                upstream_account=account, balance=balance, read_at=NOW - timedelta(minutes=minutes)
            )
        UpstreamAccount.objects.update(
            balance=readings[-1][1], charge_type=charge_type, balance_read_at=timezone.now()
        )

    return run


def test_what_was_spent_leaves_top_ups_out(account: UpstreamAccount, read) -> None:
    read((600, 9_999_999), (120, 10_000), (90, 9_000), (60, 50_000), (30, 48_500), (0, 48_000))
    spent = spending([account.pk], NOW - timedelta(hours=3))
    assert spent == {account.pk: Spending(1000 + 1500 + 500, pytest.approx(2.0))}
    assert spent[account.pk].hours_left(48_000) == pytest.approx(32)


@pytest.mark.parametrize(
    ("spent", "hours", "balance"), [(0, 5.0, 1000), (10, 0.1, 1000), (10, 5.0, 0), (10, 5.0, -5)]
)
def test_nobody_can_say_how_long_it_lasts(spent: int, hours: float, balance: int) -> None:
    assert Spending(spent, hours).hours_left(balance) is None


def test_a_curve_has_the_last_reading_of_each_step(account: UpstreamAccount, read) -> None:
    read((200, 1), (59, 10), (35, 9), (25, 8), (0, 7))
    curve = curves([account.pk], NOW - timedelta(hours=1), timedelta(minutes=30))
    assert [balance for _at, balance in curve[account.pk]] == [9, 8, 7]


def test_a_prepaid_account_says_when_it_runs_dry(
    desk: Client, account: UpstreamAccount, read, monkeypatch
) -> None:
    monkeypatch.setattr(
        "messaging.admin.overview.dashboard.day_of", lambda now: _Day(NOW - timedelta(hours=5))
    )
    read((240, 5_000_000), (120, 3_000_000), (0, 1_000_000))
    page = first_page(desk)
    assert "1,000.000 CNY" in page
    assert "4,000.000 CNY" in page  # spent
    assert re.search(r"At today&#x27;s rate it runs dry in (59 min|1 h 0 min)", page)
    assert '<polyline points="0,0 ' in page
    assert "按今天的速度" in first_page(desk, "zh-hans")


class _Day:
    def __init__(self, since) -> None:
        self.since = since


def test_a_postpaid_account_does_not_run_dry(desk: Client, account: UpstreamAccount, read) -> None:
    read((240, -1_000_000), (0, -3_000_000), charge_type="POSTCHARGE")
    page = first_page(desk)
    assert "-3,000.000 CNY (postpaid: used on credit)" in page
    assert "Postpaid: it does not run dry." in page
    assert "nothing left" not in page


def test_the_reports_it_owes_are_told(desk: Client, account: UpstreamAccount) -> None:
    hour = timezone.now().replace(minute=0, second=0, microsecond=0) - timedelta(hours=30)
    HourOfSubmission.objects.create(upstream_account=account, hour=hour, submitted=2000, settled=766)
    since = f"{timezone.localtime(hour):%Y-%m-%d %H:%M}"
    assert f"<dd>1,234 · the oldest since {since} or later</dd>" in first_page(desk)
