"""What was changed in the configuration, by whom, and what it was before."""

import io
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from django.core.management import call_command
from django.db import connection
from django.test import Client

from accounts.models import Application, ConfigurationChange, Route, Signature, UpstreamAccount
from accounts.services import (
    change_upstream_account,
    create_api_key,
    create_application,
    create_upstream_account,
    record_balance,
    revoke_api_key,
)
from messaging.distrust import distrust
from messaging.models import CodeNote, CodeRule
from tests.staff.conftest import Browser, Phone, words_of


@pytest.fixture
def desk(boss: User) -> Client:
    client = Client()
    client.force_login(boss)
    return client


@pytest.fixture
def shop(db: None) -> Application:
    return create_application("shop", environment="sandbox")[0]


@pytest.fixture
def account(db: None) -> UpstreamAccount:
    return create_upstream_account(
        name="main", environment="sandbox", base_url="http://127.0.0.1:1/sms", account="880001", extno="10690",
        password="top-secret", default=True,
    )  # fmt: skip


def newest(table: str) -> ConfigurationChange:
    found = ConfigurationChange.objects.filter(table_name=table).order_by("-pk").first()
    assert found is not None
    return found


def changed(change: ConfigurationChange) -> dict[str, tuple[Any, Any]]:
    before, after = change.before or {}, change.after or {}
    return {name: (before[name], after[name]) for name in after if before.get(name) != after[name]}


def test_a_change_in_the_admin_bears_the_name_of_who_made_it(desk: Client, shop: Application) -> None:
    page = f"/admin/accounts/application/{shop.pk}/change/"
    form = desk.get(page).context["adminform"].form
    body = {name: value for name, value in form.initial.items() if value is not None}
    keys = {"api_keys-TOTAL_FORMS": "0", "api_keys-INITIAL_FORMS": "0"}
    answer = desk.post(page, body | keys | {"networks": "", "daily_quota": "500"})
    assert answer.status_code == 302, answer.content.decode()
    change = newest("accounts_application")
    assert (change.actor, change.kind) == ("boss", "update")
    assert changed(change) == {"daily_quota": (None, 500)}


def test_the_next_change_of_the_same_connection_is_not_theirs(desk: Client, shop: Application) -> None:
    desk.post("/admin/auth/group/add/", {"name": "clerks"})
    assert newest("auth_group").actor == "boss"
    Application.objects.update(daily_quota=7)
    assert newest("accounts_application").actor == "command"


def test_a_request_that_fails_leaves_no_name_behind(
    desk: Client, shop: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_args: Any) -> None:
        raise RuntimeError

    monkeypatch.setattr("accounts.admin.keys.revoke_api_key", broken)
    desk.raise_request_exception = False
    key = shop.api_keys.get()
    body = {"action": "revoke", "_selected_action": [key.pk]}
    assert desk.post("/admin/accounts/apikey/", body).status_code == 500
    Application.objects.update(daily_quota=7)
    assert newest("accounts_application").actor == "command"


def test_a_change_by_command_says_so(account: UpstreamAccount) -> None:
    call_command("set_upstream_account", "main", "--max-connections", "9", stdout=io.StringIO())
    change = newest("accounts_upstreamaccount")
    assert change.actor == "command"
    assert changed(change) == {"max_connections": (5, 9)}


def test_a_change_of_a_process_by_itself_bears_its_name(account: UpstreamAccount) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL application_name = 'worker-bulk'")
    distrust(account.pk)
    change = newest("accounts_upstreamaccount")
    assert change.actor == "worker-bulk"
    assert changed(change) == {"internal_error_is_unknown": (False, True)}


def test_a_revoked_key_and_a_deleted_route_stand_there(shop: Application, account: UpstreamAccount) -> None:
    revoke_api_key(shop.api_keys.get().prefix)
    assert "revoked_at" in changed(newest("accounts_apikey"))
    Route.objects.all().delete()
    gone = newest("accounts_route")
    assert (gone.kind, gone.after) == ("delete", None)
    assert gone.before is not None
    assert gone.before["upstream_account_id"] == account.pk


def test_no_secret_stands_there(
    boss: User, phone: Phone, shop: Application, account: UpstreamAccount
) -> None:
    key, text = create_api_key(shop, label="second")
    change_upstream_account(account, {}, password="another-secret")
    boss.set_password("a new pass phrase")
    boss.save()
    stored = UpstreamAccount.objects.get()
    secrets = (
        "top-secret", "another-secret", stored.encrypted_password, stored.push_token, key.digest, text, boss.password,
        phone.key.hex(),
    )  # fmt: skip
    everything = repr(list(ConfigurationChange.objects.values()))
    assert [secret for secret in secrets if secret in everything] == []


def test_that_a_secret_was_changed_stands_there(account: UpstreamAccount) -> None:
    change_upstream_account(account, {"extno": "10691"})
    assert changed(newest("accounts_upstreamaccount")) == {"extno": ("10690", "10691")}
    change_upstream_account(account, {}, password="another-secret")
    assert list(changed(newest("accounts_upstreamaccount"))) == ["encrypted_password"]


def test_what_changes_by_itself_is_no_history(
    boss: User, phone: Phone, account: UpstreamAccount, browser: Callable[..., Browser]
) -> None:
    before = ConfigurationChange.objects.count()
    record_balance(account.pk, 5, "PRECHARGE")
    UpstreamAccount.objects.update(throttled_to=3)
    account.save(update_fields=["changed_at"])
    browser().log_in(code=phone.code())
    assert ConfigurationChange.objects.count() == before


def test_roles_of_users_and_second_factors_stand_there(boss: User, phone: Phone) -> None:
    boss.groups.add(Group.objects.create(name="clerks"))
    assert newest("auth_user_groups").kind == "insert"
    assert newest("otp_totp_totpdevice").kind == "insert"


def test_what_staff_decide_about_codes_stands_there(db: None) -> None:
    CodeNote.objects.create(code_table="STAT", code="XX:1", note="asked the vendor")
    CodeRule.objects.create(code_table="STAT", code="XX:1", treat_as="failed")
    assert newest("messaging_codenote").after["note"] == "asked the vendor"  # type: ignore[index]
    assert newest("messaging_coderule").after["treat_as"] == "failed"  # type: ignore[index]


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ("Calls at the same time: 5 → 9", "Signature 【Acme】", "command")),
        ("zh-hans", ("并发调用数: 5 → 9", "短信签名 【Acme】", "command")),
    ],
)
def test_the_history_of_an_account_shows_it_and_what_belongs_to_it(
    language: str, words: tuple[str, ...], desk: Client, account: UpstreamAccount
) -> None:
    change_upstream_account(account, {"max_connections": 9})
    Signature.objects.create(upstream_account=account, text="【Acme】").delete()
    answer = desk.get(
        f"/admin/accounts/upstreamaccount/{account.pk}/history/", headers={"Accept-Language": language}
    )
    page = words_of(answer)
    assert [word for word in words if word not in page] == []


def test_only_who_may_see_a_row_sees_its_history(shop: Application, boss: User) -> None:
    User.objects.create_user("clerk", password="x", is_staff=True)
    client = Client()
    client.force_login(User.objects.get(username="clerk"))
    assert client.get(f"/admin/accounts/application/{shop.pk}/history/").status_code == 403
    assert client.get("/admin/accounts/configurationchange/").status_code == 403


def test_the_list_shows_all_and_finds_by_name(
    desk: Client, shop: Application, account: UpstreamAccount
) -> None:
    revoke_api_key(shop.api_keys.get().prefix)
    page = words_of(desk.get("/admin/accounts/configurationchange/"))
    assert "Application shop" in page
    found = words_of(desk.get("/admin/accounts/configurationchange/", {"q": "main"}))
    assert "Upstream account main" in found
    assert "Application shop" not in found


def test_nobody_edits_history_in_the_admin(desk: Client, shop: Application) -> None:
    change = newest("accounts_application")
    page = f"/admin/accounts/configurationchange/{change.pk}/change/"
    assert "Name: – → shop" in words_of(desk.get(page))
    assert desk.post(page, {"actor": "nobody"}).status_code == 403
    assert (
        desk.post(f"/admin/accounts/configurationchange/{change.pk}/delete/", {"post": "yes"}).status_code
        == 403
    )
