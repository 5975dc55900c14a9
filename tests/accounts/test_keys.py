"""Keys are made, bound, exchanged and revoked."""

import io
import json
from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission, User
from django.core.management import CommandError, call_command
from django.db import connection, connections, transaction
from django.db.models.functions import Now
from django.test import Client
from django.utils import timezone

from accounts.models import ApiKey, Application
from accounts.services import create_api_key, revoke_api_key

pytestmark = pytest.mark.django_db


def make_key(*options):
    out = io.StringIO()
    call_command("create_api_key", "shop", "--json", *options, stdout=out)
    return json.loads(out.getvalue())["api_key"]


def test_the_command_binds_a_key(shop, call_as):
    text = make_key(
        "--label", "robot", "--scope", "messages:read", "--scope", "inbound:read", "--network", "10.0.0.0/8",
        "--expires-in-days", "30",
    )  # fmt: skip
    key = ApiKey.objects.get(label="robot")
    assert (key.scopes, key.networks) == (["messages:read", "inbound:read"], ["10.0.0.0/8"])
    assert timedelta(days=29) < key.expires_at - timezone.now() <= timedelta(days=30)
    assert call_as(text).get("/api/v1/messages", REMOTE_ADDR="10.1.1.1").status_code == 200


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--scope", "messages:sned"], "messages:send"),
        (["--network", "10.0.0.1/8"], "10.0.0.1/8"),
        (["--network", "office"], "office"),
        (["--expires-in-days", "0"], "above 0"),
        (["--expires-in-days", "inf"], "at most"),
    ],
)
def test_what_cant_be_is_said(shop, options, message):
    with pytest.raises(CommandError, match=message):
        make_key(*options)
    assert shop.api_keys.count() == 1


def test_two_keys_live_at_a_time_unless_staff_insist(shop):
    first = shop.api_keys.get()
    second = make_key()
    with pytest.raises(CommandError, match=first.prefix):
        make_key()
    make_key("--force")
    assert shop.api_keys.count() == 3
    for key in (first.prefix, second.split("_")[1]):
        revoke_api_key(key)
    make_key()
    ApiKey.objects.update(expires_at=Now())
    make_key()


@pytest.mark.django_db(transaction=True)
def test_two_who_ask_at_once_do_not_both_get_the_second_key(shop):
    """The second waits for the first, who has not committed yet."""
    with transaction.atomic():
        create_api_key(shop)
        other = connections.create_connection("default")
        try:
            with other.cursor() as cursor:
                cursor.execute("SET lock_timeout = '50ms'")
                with pytest.raises(Exception, match="lock timeout"):
                    cursor.execute("SELECT FROM accounts_application FOR NO KEY UPDATE")
        finally:
            other.close()


def test_an_expired_key_is_refused(api, settings):
    settings.REMEMBER_SECONDS = 0
    assert api.get("codes").status_code == 200
    ApiKey.objects.update(expires_at=Now())
    assert api.get("codes").status_code == 401


def used_at():
    return ApiKey.objects.get().last_used_at


def test_the_use_of_a_key_is_written_once_a_minute(api, settings, django_assert_num_queries):
    settings.REMEMBER_SECONDS = 0
    assert used_at() is None
    api.get("codes")
    first = used_at()
    assert timezone.now() - first < timedelta(seconds=10)
    api.get("codes")
    assert used_at() == first
    ApiKey.objects.update(last_used_at=Now() - timedelta(seconds=61))
    api.get("codes")
    assert used_at() > first


def test_a_database_that_only_reads_locks_nobody_out(api, settings):
    settings.REMEMBER_SECONDS = 0
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SAVEPOINT before; SET TRANSACTION READ ONLY")
        assert api.get("codes").status_code == 200
        transaction.set_rollback(True)
    assert used_at() is None


def clerk(*permissions):
    user = User.objects.create_user("clerk", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    client = Client()
    client.force_login(user)
    return client


def revoke_in_admin(client):
    chosen = {"action": "revoke", "_selected_action": [str(ApiKey.objects.get().pk)]}
    return client.post("/admin/accounts/apikey/", chosen, follow=True).content.decode()


def test_staff_revoke_a_key_in_the_admin(api, settings):
    settings.REMEMBER_SECONDS = 0
    assert "1 key was revoked." in revoke_in_admin(clerk("view_apikey", "change_apikey"))
    assert api.get("codes").status_code == 401


def test_who_may_only_look_revokes_nothing(api):
    revoke_in_admin(clerk("view_apikey"))
    assert ApiKey.objects.get().revoked_at is None


def test_staff_see_what_a_key_may_and_not_its_digest(shop):
    text = make_key("--scope", "messages:read", "--network", "10.0.0.0/8")
    client = clerk("view_apikey", "view_application", "change_application")
    key = ApiKey.objects.get(prefix=text.split("_")[1])
    for page in ("apikey/", f"apikey/{key.pk}/change/", f"application/{shop.pk}/change/"):
        content = client.get(f"/admin/accounts/{page}").content.decode()
        assert all(part in content for part in (key.prefix, "read messages and batches", "10.0.0.0/8"))
        assert key.digest not in content
        assert text not in content


def test_staff_bind_an_application_to_networks(shop):
    client = clerk("view_application", "change_application")
    form = client.get(f"/admin/accounts/application/{shop.pk}/change/").context["adminform"].form

    def save(networks):
        values = {name: form[name].value() for name in form.fields}
        given = {name: value for name, value in values.items() if value not in (None, False)}
        management = {f"api_keys-{name}": 0 for name in ("TOTAL_FORMS", "INITIAL_FORMS")}
        answer = client.post(
            f"/admin/accounts/application/{shop.pk}/change/", {**given, **management, "networks": networks}
        )
        return answer.status_code, Application.objects.get().networks

    assert save("10.0.0.0/8, 2001:db8::/32") == (302, ["10.0.0.0/8", "2001:db8::/32"])
    assert save("office")[0] == 200
    assert save("") == (302, [])
