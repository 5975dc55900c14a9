"""What the counts say of a day."""

from datetime import UTC, datetime

import pytest

from accounts.models import Application, UpstreamAccount
from messaging.counting import (
    CLASSES,
    WAITS,
    Awaiting,
    Day,
    Seen,
    awaiting_reports,
    by_hour,
    by_slice,
    codes_seen,
    figures,
    quantile,
)
from messaging.models import CodeCount, Hold, HourlyCount, HourOfSubmission, UpstreamPayload
from tests.growth.conftest import ago

pytestmark = pytest.mark.django_db


def at(hour: float, day: int = 22) -> datetime:
    return datetime(2026, 11, day, int(hour), round(hour % 1 * 60), tzinfo=UTC)


def note(application: Application, hour: int, status: str, count: int, **more: object) -> None:
    fields = {"category": "otp", "day": 22, **more}
    HourlyCount.objects.create(
        application=application, hour=at(hour, fields.pop("day")), status=status, count=count, **fields
    )


def waits(**counts: int) -> list[float]:
    """`w3=5`: five of class 3."""
    return [float(counts.get(f"w{place}", 0)) for place in range(CLASSES)]


@pytest.mark.parametrize(
    ("counts", "share", "seconds"),
    [
        ({}, 0.5, None),
        ({"w0": 10}, 0.5, 1.0),
        ({"w0": 10}, 1.0, 2.0),
        ({"w0": 50, "w1": 50}, 0.5, 2.0),
        ({"w0": 50, "w1": 50}, 0.9, 3.6),
        ({"w0": 1, "w5": 9}, 0.5, WAITS[4] + (WAITS[5] - WAITS[4]) * 4 / 9),
        ({f"w{CLASSES - 1}": 3}, 0.5, WAITS[-1]),
    ],
)
def test_the_median_lies_in_its_class(counts: dict[str, int], share: float, seconds: float | None):
    assert quantile(waits(**counts), share) == (seconds if seconds is None else pytest.approx(seconds))


def test_a_day_begins_and_ends_where_it_is_told_to(shop: Application):
    for hour, count in ((15, 1), (16, 10), (20, 100), (21, 1000)):
        note(shop, hour, "accepted", count)
    today = figures(Day(at(16), at(20.5)), whole_last_hour=True)
    assert today.of("accepted") == 110


def test_yesterday_is_compared_up_to_the_same_time(shop: Application):
    note(shop, 16, "accepted", 10, day=21)
    note(shop, 20, "accepted", 100, day=21)
    note(shop, 21, "accepted", 1000, day=21)
    yesterday = figures(Day(at(16), at(20.25)).before, whole_last_hour=False)
    assert yesterday.of("accepted") == 10 + 25


def test_rate_and_time_are_of_what_reports_told(shop: Application):
    note(shop, 16, "delivered", 90, wait=0)
    note(shop, 16, "delivered", 5, wait=9)
    note(shop, 17, "undelivered", 5)
    note(shop, 17, "submitted", 1000)
    today = figures(Day(at(16), at(20)), whole_last_hour=True)
    assert today.delivery_rate == pytest.approx(0.95)
    assert today.delivered_within(0.5) == pytest.approx(2 * 47.5 / 90)
    assert figures(Day(at(1), at(2)), whole_last_hour=True).delivery_rate is None


def test_by_hour_and_by_application(shop: Application):
    note(shop, 16, "accepted", 10)
    note(shop, 16, "accepted", 3, category="marketing")
    note(shop, 17, "delivered", 7, wait=1)
    note(shop, 18, "accepted", 1000)
    assert by_hour(at(16), at(18)) == {at(16): {"accepted": 13}, at(17): {"delivered": 7}}
    slices = {(part.application_id, part.category): part.figures for part in by_slice(at(16), at(18))}
    assert slices.keys() == {(shop.pk, "otp"), (shop.pk, "marketing")}
    assert slices[shop.pk, "otp"].counts == {"accepted": 10, "delivered": 7}


def test_codes_of_messages_and_of_holds_are_told_apart(shop: Application):
    CodeCount.objects.create(hour=at(16), code_table="STAT", code="MA:0029", count=3)
    CodeCount.objects.create(hour=at(17), code_table="STAT", code="MA:0029", count=4)
    CodeCount.objects.create(hour=at(15), code_table="STAT", code="MA:0029", count=1000)
    Hold.objects.create(
        scope="everything", cause="refused_login", code_table="STATUS", code="2", since=at(16.5)
    )
    Hold.objects.create(scope="application", application=shop, cause="person", since=at(16.5))
    assert codes_seen(at(16)) == {("STAT", "MA:0029"): Seen(messages=7), ("STATUS", "2"): Seen(holds=1)}


def test_what_an_account_owes(upstream: UpstreamAccount):
    def hour(days: float, submitted: int, settled: int) -> datetime:
        row = HourOfSubmission.objects.create(
            hour=ago(days).replace(minute=0, second=0, microsecond=0), upstream_account=upstream,
            submitted=submitted, settled=settled,
        )  # fmt: skip
        return row.hour

    def payload(days: float, reports: int) -> datetime:
        moment = ago(days)
        UpstreamPayload.objects.create(
            upstream_account=upstream, kind="report", state="read", received_at=moment, reports=reports
        )
        return moment

    assert awaiting_reports() == {upstream.pk: Awaiting(0, None, None)}
    hour(4, 1000, 1)
    hour(2, 50, 50)
    oldest = hour(1, 50, 20)
    hour(0.5, 9, 8)
    hour(0.25, 7, 8)  # one of them was delivered after all
    payload(1, 5)
    last = payload(0.5, 1)
    payload(0.1, 0)
    assert awaiting_reports() == {upstream.pk: Awaiting(31, oldest, last)}
