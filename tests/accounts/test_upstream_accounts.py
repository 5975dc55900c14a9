"""Vendor logins: stored encrypted, changed, rotated, never across environments."""

import io
import json

import pytest
from cryptography.fernet import Fernet
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction

from accounts.encryption import WrongEncryptionKey, decrypt
from accounts.models import Application, Route, UpstreamAccount
from accounts.services import create_application

pytestmark = pytest.mark.django_db

OPTIONS = ["--base-url", "https://host/sms", "--account", "a", "--extno", "1069"]


def run(*arguments):
    out = io.StringIO()
    call_command(*arguments, stdout=out)
    return out.getvalue()


def test_the_command_prints_what_others_rely_on(tmp_path):
    password = tmp_path / "password"
    password.write_text("geheim\n")
    made = json.loads(
        run(
            "create_upstream_account",
            "main",
            *OPTIONS,
            "--password-file",
            str(password),
            "--default",
            "--json",
        )
    )
    account = UpstreamAccount.objects.get()
    assert made == {"upstream_account": account.pk, "name": "main", "push_path": account.push_path}
    assert decrypt(account.encrypted_password) == "geheim"
    assert "geheim" not in account.encrypted_password
    assert Route.objects.get().upstream_account == account


def test_what_cant_be_stored_is_named(tmp_path):
    with pytest.raises(CommandError, match="--base-url"):
        run(
            "create_upstream_account",
            "main",
            "--base-url",
            "nonsense",
            "--account",
            "a",
            "--extno",
            "1",
            "--password",
            "p",
        )
    with pytest.raises(CommandError, match="password file"):
        run("create_upstream_account", "main", *OPTIONS, "--password-file", str(tmp_path / "none"))


def test_only_what_is_given_is_changed():
    run("create_upstream_account", "main", *OPTIONS, "--password", "old", "--auth-mode", "md5")
    run("set_upstream_account", "main", "--max-numbers", "500", "--password", "new")
    account = UpstreamAccount.objects.get()
    assert (account.auth_mode, account.max_numbers, decrypt(account.encrypted_password)) == (
        "md5",
        500,
        "new",
    )


def test_the_price_of_a_part_is_given_by_command_and_changed_by_it():
    run("create_upstream_account", "main", *OPTIONS, "--password", "p", "--price-per-part", "45")
    assert UpstreamAccount.objects.get().price_per_part == 45
    run("set_upstream_account", "main", "--max-numbers", "5")
    assert UpstreamAccount.objects.get().price_per_part == 45
    run("set_upstream_account", "main", "--price-per-part", "0")
    assert UpstreamAccount.objects.get().price_per_part == 0
    with pytest.raises(CommandError, match="price-per-part"):
        run("set_upstream_account", "main", "--price-per-part=-1")
    assert UpstreamAccount.objects.get().price_per_part == 0


def test_passwords_move_to_the_first_key_of_the_ring(settings):
    old, new = Fernet.generate_key().decode(), Fernet.generate_key().decode()
    settings.FIELD_ENCRYPTION_KEYS = [old]
    run("create_upstream_account", "main", *OPTIONS, "--password", "geheim")
    settings.FIELD_ENCRYPTION_KEYS = [new, old]
    assert run("rotate_encryption").startswith("1 ")
    settings.FIELD_ENCRYPTION_KEYS = [new]
    assert decrypt(UpstreamAccount.objects.get().encrypted_password) == "geheim"
    settings.FIELD_ENCRYPTION_KEYS = [old]
    with pytest.raises(WrongEncryptionKey):
        decrypt(UpstreamAccount.objects.get().encrypted_password)


@pytest.mark.parametrize("environment", ["live", "sandbox"])
def test_the_database_refuses_a_route_between_live_and_sandbox(upstream, environment):
    application = create_application("other", environment="live")[0]
    with pytest.raises(IntegrityError), transaction.atomic():
        Route.objects.create(application=application, upstream_account=upstream, environment=environment)


def test_an_application_and_its_key_by_command():
    made = json.loads(run("create_application", "shop", "--json"))
    assert made == {"application": Application.objects.get().pk, "name": "shop", "api_key": made["api_key"]}
    with pytest.raises(CommandError, match="create_api_key"):
        run("create_application", "shop")
    second = json.loads(run("create_api_key", "shop", "--json"))
    assert second["api_key"] != made["api_key"]
    assert run("revoke_api_key", second["api_key"]).strip() == "revoked"
    assert made["api_key"].split("_")[2] not in str(list(Application.objects.get().api_keys.values()))
