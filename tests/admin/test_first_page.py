from datetime import timedelta

from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from accounts.models import UpstreamAccount
from tests.admin.conftest import World


def first_page(client: Client, language: str = "en") -> str:
    text: str = client.get("/admin/", headers={"Accept-Language": language}).content.decode()
    return text


def test_balances_are_in_yuan_with_their_age(desk: Client, world: World) -> None:
    UpstreamAccount.objects.update(balance_read_at=timezone.now() - timedelta(minutes=47))
    page = first_page(desk)
    assert "-153,278.040 CNY (postpaid: used on credit)" in page
    assert "47 min" in page
    assert "old reading" in page
    assert "-153,278.040 元（后付费，已用额度）" in first_page(desk, "zh-hans")


def test_an_empty_prepaid_account_is_pointed_at(desk: Client, world: World) -> None:
    UpstreamAccount.objects.update(balance=0, charge_type="PRECHARGE")
    page = first_page(desk)
    assert "nothing left" in page
    assert "used on credit" not in page


def test_holds_alarms_and_backlog_are_there(desk: Client, full_world: World) -> None:
    page = first_page(desk)
    assert "The gateway refuses this account." in page
    assert "No report for an hour." in page
    assert "One-time password" in page


def test_staff_without_permission_see_none_of_it(full_world: World) -> None:
    client = Client()
    client.force_login(User.objects.create_user("clerk", password="clerk", is_staff=True))
    page = first_page(client)
    for secret in ("153,278", "refuses this account", "Messages due", "No report for an hour."):
        assert secret not in page
