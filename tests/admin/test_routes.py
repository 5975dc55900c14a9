import pytest
from django.test import Client

from accounts.models import ExtnoLease, Route, UpstreamAccount
from accounts.services import create_application, create_upstream_account
from tests.admin.conftest import World

ADD = "/admin/accounts/route/add/"


def test_a_route_gets_the_environment_of_its_account(desk: Client, world: World) -> None:
    Route.objects.all().delete()
    form = {"application": world.shop.pk, "category": "otp", "upstream_account": world.account.pk, "rank": 10}
    assert desk.post(ADD, form).status_code == 302
    route = Route.objects.get()
    assert (route.environment, route.category) == ("live", "otp")


def test_a_route_for_anybody_takes_it_from_the_account_too(desk: Client, world: World) -> None:
    Route.objects.all().delete()
    account = create_upstream_account(
        name="box",
        environment="sandbox",
        base_url="http://127.0.0.1:1/sms",
        account="1",
        password="p",
        extno="1",
    )
    assert desk.post(ADD, {"upstream_account": account.pk, "rank": 10}).status_code == 302
    assert Route.objects.get().environment == "sandbox"


def test_live_and_sandbox_can_not_be_joined(desk: Client, world: World) -> None:
    sandbox = create_application("toy", environment="sandbox")[0]
    before = Route.objects.count()
    answer = desk.post(ADD, {"application": sandbox.pk, "upstream_account": world.account.pk, "rank": 10})
    assert answer.status_code == 200
    assert "live and sandbox never meet" in answer.content.decode()
    assert Route.objects.count() == before


def account_form(**changes: object) -> dict[str, object]:
    return {
        "name": "main", "is_active": "on", "extno": "10690", "max_numbers": 100, "max_connections": 2,
        "auth_mode": "plain", "md5_fields": "password+extno+content+mobile", "signatures-TOTAL_FORMS": 0,
        "signatures-INITIAL_FORMS": 0, "extno_leases-TOTAL_FORMS": 0, "extno_leases-INITIAL_FORMS": 0,
        "routes-TOTAL_FORMS": 0, "routes-INITIAL_FORMS": 0, **changes,
    }  # fmt: skip


def test_an_account_is_edited_without_touching_password_url_or_balance(desk: Client, world: World) -> None:
    path = f"/admin/accounts/upstreamaccount/{world.account.pk}/change/"
    form = account_form(base_url="http://evil/", account="x", balance="1", encrypted_password="x")
    assert desk.post(path, form).status_code == 302
    account = UpstreamAccount.objects.get()
    assert (account.max_numbers, account.max_connections) == (100, 2)
    for name in ("base_url", "account", "balance", "encrypted_password", "environment"):
        assert getattr(account, name) == getattr(world.account, name)


def test_staff_give_an_account_its_price_and_take_it_away(desk: Client, world: World) -> None:
    path = f"/admin/accounts/upstreamaccount/{world.account.pk}/change/"
    for typed, price in (("45", 45), ("", None)):
        assert desk.post(path, account_form(price_per_part=typed)).status_code == 302
        assert UpstreamAccount.objects.get().price_per_part == price


@pytest.mark.parametrize(("environment", "leases"), [("live", 1), ("sandbox", 0)])
def test_an_extno_is_leased_only_within_its_environment(
    environment: str, leases: int, desk: Client, world: World
) -> None:
    tenant = create_application("tenant", environment=environment)[0]
    form = account_form() | {
        "extno_leases-TOTAL_FORMS": 1, "extno_leases-0-extno": "1069077", "extno_leases-0-application": tenant.pk,
        "extno_leases-0-upstream_account": world.account.pk,
    }  # fmt: skip
    desk.post(f"/admin/accounts/upstreamaccount/{world.account.pk}/change/", form)
    assert ExtnoLease.objects.count() == leases


@pytest.mark.parametrize(("environment", "routes"), [("live", 2), ("sandbox", 1)])
def test_a_route_is_added_on_the_accounts_page_within_its_environment(
    desk: Client, world: World, environment: str, routes: int
) -> None:
    tenant = create_application("tenant", environment=environment)[0]
    row = {
        "routes-TOTAL_FORMS": 1, "routes-0-rank": 5, "routes-0-application": tenant.pk, "routes-0-category": "otp",
    }  # fmt: skip
    desk.post(f"/admin/accounts/upstreamaccount/{world.account.pk}/change/", account_form(**row))
    assert Route.objects.count() == routes
    assert set(Route.objects.values_list("environment", flat=True)) == {"live"}
