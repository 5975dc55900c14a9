"""How today is going, on the first page: from the hourly counts, by the staff's clock."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
import time_machine
from django.contrib.auth.models import Permission, User
from django.test import Client

from accounts.models import Application
from messaging.models import CodeCount, HourlyCount
from tests.admin.test_first_page import first_page

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def half_past_two_in_shanghai() -> Iterator[None]:
    with time_machine.travel(datetime(2026, 11, 22, 6, 30, tzinfo=UTC), tick=False):
        yield


@pytest.fixture
def reader() -> Client:
    staff = User.objects.create_user("reader", is_staff=True)
    staff.user_permissions.add(Permission.objects.get(codename="view_message"))
    client = Client()
    client.force_login(staff)
    return client


def note(shop: Application, day: int, hour: int, status: str, count: int, **more: object) -> None:
    """`hour` is UTC's."""
    moment = datetime(2026, 11, day, hour, tzinfo=UTC)
    fields = {"category": "otp", **more}
    HourlyCount.objects.create(application=shop, hour=moment, status=status, count=count, **fields)


def tiles(page: str) -> dict[str, tuple[str, str]]:
    found = re.findall(
        r"<dt>(.*?)</dt>\s*<dd><strong>(.*?)</strong><span class=\"muted\">(.*?)</span>", page, re.DOTALL
    )
    return {label: (number, before) for label, number, before in found}


def test_the_day_begins_at_the_staffs_midnight(reader: Client, shop: Application) -> None:
    note(shop, 21, 15, "accepted", 1)  # 23:00 of yesterday
    note(shop, 21, 16, "accepted", 20)
    note(shop, 22, 6, "accepted", 3000)
    note(shop, 20, 16, "accepted", 40)  # yesterday's midnight
    note(shop, 21, 6, "accepted", 600)  # the half of this hour was over by now
    assert tiles(first_page(reader))["accepted"] == ("3,020", "yesterday by now 340")


def test_rate_and_time_stand_beside_yesterdays(reader: Client, shop: Application) -> None:
    note(shop, 22, 1, "delivered", 99, wait=1)
    note(shop, 22, 1, "undelivered", 1)
    note(shop, 21, 1, "delivered", 1, wait=9)
    note(shop, 21, 1, "undelivered", 1)
    shown = tiles(first_page(reader))
    assert shown["delivery rate"] == ("99.0%", "yesterday by now 50.0%")
    assert shown["time to delivery: half within"] == ("3.0 s", "yesterday by now 52 s")
    assert shown["time to delivery: nine in ten within"][0] == "3.8 s"


def test_a_day_without_anything_has_no_rate(reader: Client) -> None:
    shown = tiles(first_page(reader))
    assert shown["delivery rate"] == ("-", "yesterday by now -")
    assert "Nothing was sent today." in first_page(reader)
    assert "今天还没有发送短信。" in first_page(reader, "zh-hans")


def test_each_hour_has_its_column(reader: Client, shop: Application) -> None:
    note(shop, 21, 16, "accepted", 200)
    note(shop, 22, 6, "accepted", 50)
    note(shop, 22, 6, "delivered", 1)
    page = first_page(reader)
    assert page.count('class="hour"') == 24
    assert 'title="00:00 · accepted 200, delivered 0, undelivered 0, outcome unknown 0"' in page
    column = page[page.index('title="14:00') :].split("<span>")[0]
    assert re.findall(r'class="bar (\w+)" style="height: (\d+)%"', column) == [
        ("accepted", "25"), ("delivered", "2"), ("undelivered", "0"), ("unknown", "0"),
    ]  # fmt: skip


def test_each_application_and_category_has_its_line(reader: Client, shop: Application) -> None:
    note(shop, 22, 1, "accepted", 7)
    note(shop, 22, 1, "accepted", 12_345, category="marketing")
    rows = re.findall(
        r"<tr><td>shop</td><td.*?>(.*?)</td><td class=\"number\">(.*?)</td>", first_page(reader)
    )
    assert rows == [("Marketing", "12,345"), ("One-time password", "7")]


def test_why_messages_failed_leads_to_the_dictionary(reader: Client) -> None:
    for hour, code, count in ((15, "MA:0001", 1000), (16, "MA:0029", 3), (17, "ZZ<b>:9", 4)):
        CodeCount.objects.create(
            hour=datetime(2026, 11, 21, hour, tzinfo=UTC), code_table="STAT", code=code, count=count
        )
    page = first_page(reader)
    failures = page[page.index('id="failures"') :]
    assert "MA:0001" not in failures
    assert failures.index("ZZ&lt;b&gt;:9") < failures.index("/admin/messaging/message/codes/?q=MA%3A0029")


def test_who_may_not_see_messages_sees_no_figures(shop: Application) -> None:
    note(shop, 22, 1, "accepted", 777)
    client = Client()
    client.force_login(User.objects.create_user("clerk", is_staff=True))
    page = first_page(client)
    assert "777" not in page
    assert 'id="signs"' in page
