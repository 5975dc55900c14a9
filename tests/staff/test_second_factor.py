"""A code beside the password (FAULTS F11)."""

import re
from base64 import b32encode
from collections.abc import Callable
from importlib import import_module
from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.apps import apps
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.urls import reverse
from django_otp.plugins.otp_static.models import StaticDevice, StaticToken
from django_otp.plugins.otp_totp.models import TOTPDevice

from accounts.encryption import decrypt, encrypt
from accounts.models import Phone as Device
from accounts.services import rotate_encryption
from accounts.staff import second_factor
from tests.staff.conftest import Browser, Phone, words_of

MIGRATION = import_module("accounts.migrations.0012_phones_are_encrypted")
PAGE = "/admin/auth/user/second-factor/"
ADDRESSES = (
    "/admin/",
    "/admin/messaging/message/",
    "/admin/auth/user/",
    "/admin/messaging/message/codes/",
    "/admin/nowhere/",
)


@pytest.fixture
def required(settings: Any) -> None:
    settings.STAFF_TOTP = "required"


def offered(browser: Browser) -> Phone:
    page = browser.open(PAGE).content.decode()
    assert "<svg" in page
    return Phone(decrypt(browser.client.session["new_phone_key"]))


def codes_on(answer: object) -> list[str]:
    return re.findall(r"<code>([a-z0-9]{5}-[a-z0-9]{5})</code>", answer.content.decode())  # type: ignore[attr-defined]


@pytest.mark.fault("F11")
@pytest.mark.parametrize("path", ADDRESSES)
def test_nobody_works_without_a_second_factor_where_it_is_required(
    path: str, required: None, boss: User, browser: Callable[..., Browser]
) -> None:
    person = browser()
    person.log_in()
    answer = person.open(path)
    assert (answer.status_code, answer.get("Location")) == (302, PAGE)


@pytest.mark.fault("F11")
def test_nothing_can_be_posted_either(required: None, boss: User, browser: Callable[..., Browser]) -> None:
    person = browser()
    person.log_in()
    answer = person.client.post("/admin/auth/group/add/", {"name": "mine"})
    assert (answer.status_code, answer["Location"]) == (302, PAGE)


@pytest.mark.fault("F11")
def test_a_password_alone_does_not_open_a_login_that_has_a_second_factor(
    boss: User, phone: Phone, browser: Callable[..., Browser]
) -> None:
    person = browser()
    assert "This login has a second factor" in words_of(person.log_in())
    assert "This code is wrong" in words_of(person.log_in(code=phone.wrong_code()))
    assert not person.is_in()


@pytest.mark.fault("F11")
def test_a_session_from_before_it_was_set_up_is_ended(boss: User, browser: Callable[..., Browser]) -> None:
    person = browser()
    person.log_in()
    Device.objects.create(user=boss, name="phone", key=encrypt("00"))
    answer = person.open()
    assert (answer.status_code, answer["Location"]) == (302, "/admin/login/?next=/admin/")
    assert "a code from your phone" in words_of(person.open(answer["Location"]))


@pytest.mark.fault("F11")
def test_a_session_outlives_no_device(
    boss: User, phone: Phone, required: None, browser: Callable[..., Browser]
) -> None:
    person = browser()
    person.log_in(code=phone.code())
    assert person.is_in()
    Device.objects.all().delete()
    assert person.open()["Location"] == PAGE


def test_a_code_opens_and_opens_only_once(
    boss: User, phone: Phone, required: None, browser: Callable[..., Browser]
) -> None:
    code = phone.code()
    first, second = browser(), browser()
    first.log_in(code=code)
    second.log_in(code=code)
    assert first.is_in()
    assert not second.is_in()


def test_setting_up_shows_backup_codes_and_lets_in(
    boss: User, required: None, browser: Callable[..., Browser]
) -> None:
    person = browser()
    person.log_in()
    phone = offered(person)
    answer = person.client.post(PAGE, {"code": phone.code()})
    assert len(codes_on(answer)) == 10
    assert person.is_in()
    later = browser()
    assert later.log_in(code=phone.code(steps=1)).status_code == 302
    assert later.is_in()


def test_a_wrong_code_sets_nothing_up(boss: User, browser: Callable[..., Browser]) -> None:
    person = browser()
    person.log_in()
    answer = person.client.post(PAGE, {"code": offered(person).wrong_code()})
    assert "This code is wrong" in words_of(answer)
    assert not Device.objects.exists()


def test_the_offer_stays_the_same_when_the_page_is_read_again(
    boss: User, browser: Callable[..., Browser]
) -> None:
    person = browser()
    person.log_in()
    assert offered(person).key == offered(person).key


def test_a_backup_code_opens_once_and_is_kept_as_a_digest(
    boss: User, phone: Phone, browser: Callable[..., Browser]
) -> None:
    code = second_factor.new_backup_codes(boss)[0]
    assert not StaticToken.objects.filter(token__contains=code.replace("-", "")[:10]).exists()
    first, second = browser(), browser()
    assert first.log_in(code=code.upper()).status_code == 302
    assert second.log_in(code=code).status_code == 200
    assert first.is_in()
    assert second_factor.backup_codes_left(boss) == 9


def test_new_backup_codes_end_the_old_ones_and_cost_a_code(
    boss: User, phone: Phone, browser: Callable[..., Browser]
) -> None:
    old = second_factor.new_backup_codes(boss)
    person = browser()
    person.log_in(code=phone.code())
    assert codes_on(person.client.post(PAGE, {"code": phone.wrong_code(), "codes": "1"})) == []
    Device.objects.update(throttling_failure_count=0)
    new = codes_on(person.client.post(PAGE, {"code": phone.code(steps=1), "codes": "1"}))
    assert len(new) == 10
    assert second_factor.verify(boss, old[0]) is None
    StaticDevice.objects.update(throttling_failure_count=0)
    assert second_factor.verify(boss, new[0]) is not None


def test_another_phone_is_set_up_after_a_code_of_the_old_one(
    boss: User, phone: Phone, browser: Callable[..., Browser]
) -> None:
    person = browser()
    person.log_in(code=phone.code())
    person.client.post(PAGE, {"code": phone.code(steps=1), "replace": "1"})
    assert not second_factor.has_second_factor(boss)
    new = offered(person)
    person.client.post(PAGE, {"code": new.code()})
    assert Device.objects.get().bin_key == new.key


def test_whoever_guesses_codes_has_to_wait(boss: User, phone: Phone, browser: Callable[..., Browser]) -> None:
    Device.objects.update(throttling_failure_count=12)
    device = Device.objects.get()
    device.throttle_increment()
    page = words_of(browser().log_in(code=phone.code()))
    assert re.search(r"Try again in [0-9]{4} seconds", page)


@pytest.mark.fault("F11")
def test_who_reads_the_database_has_no_phones_key(
    boss: User, required: None, browser: Callable[..., Browser]
) -> None:
    person = browser()
    person.log_in()
    phone = offered(person)
    session = str(dict(person.client.session.items()))
    person.client.post(PAGE, {"code": phone.code()})
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT string_agg(row, '') FROM (SELECT d::text AS row FROM otp_totp_totpdevice d"
            " UNION ALL SELECT c::text FROM accounts_configurationchange c) everything"
        )
        (stored,) = cursor.fetchone()
    assert "phone" in stored
    for secret in (phone.key.hex(), b32encode(phone.key).decode()):
        assert secret not in stored
        assert secret not in session
    assert Device.objects.get().bin_key == phone.key


def test_a_phones_key_moves_to_the_first_key_of_the_ring(boss: User, phone: Phone, settings: Any) -> None:
    old, new = settings.FIELD_ENCRYPTION_KEYS[0], Fernet.generate_key().decode()
    settings.FIELD_ENCRYPTION_KEYS = [new, old]
    assert rotate_encryption() == 1
    settings.FIELD_ENCRYPTION_KEYS = [new]
    assert second_factor.verify(boss, phone.code()) is not None


@pytest.mark.parametrize(
    ("language", "words"),
    [("en", "No code from a phone can be checked at this moment"), ("zh-hans", "目前无法校验手机动态码")],
)
def test_a_phone_whose_encryption_key_is_gone_is_refused_and_logged(
    language: str, words: str, phone: Phone, settings: Any, browser: Callable[..., Browser], caplog: Any
) -> None:
    settings.FIELD_ENCRYPTION_KEYS = [Fernet.generate_key().decode()]
    person = browser(**{"Accept-Language": language})
    answer = person.log_in(code=phone.code())
    assert answer.status_code == 200
    assert words in words_of(answer)
    assert [
        record.msg["login"] for record in caplog.records if record.msg["event"] == "staff_phone_unreadable"
    ] == ["boss"]
    assert not person.is_in()


def test_a_key_that_was_offered_before_the_encryption_key_went_is_offered_anew(
    boss: User, settings: Any, browser: Callable[..., Browser]
) -> None:
    person = browser()
    person.log_in()
    before = offered(person)
    settings.FIELD_ENCRYPTION_KEYS = [Fernet.generate_key().decode()]
    person.client.post(PAGE, {"code": before.code()})
    assert not Device.objects.exists()
    assert offered(person).key != before.key


def test_backup_codes_open_while_the_encryption_key_is_gone(
    boss: User, phone: Phone, settings: Any, browser: Callable[..., Browser]
) -> None:
    code = second_factor.new_backup_codes(boss)[0]
    settings.FIELD_ENCRYPTION_KEYS = [Fernet.generate_key().decode()]
    person = browser()
    assert person.log_in(code=code).status_code == 302
    assert person.is_in()


def test_phones_from_before_go_on(boss: User, browser: Callable[..., Browser]) -> None:
    plain = TOTPDevice.objects.create(user=boss, name="phone")
    MIGRATION.encrypt_keys(apps, None)
    assert Device.objects.get().bin_key == plain.bin_key
    person = browser()
    assert person.log_in(code=Phone(plain.key).code()).status_code == 302
    assert person.is_in()
    MIGRATION.decrypt_keys(apps, None)
    assert TOTPDevice.objects.get().key == plain.key


def test_no_page_of_the_admin_shows_secrets_of_devices(boss: User, phone: Phone, client: Client) -> None:
    client.force_login(boss)
    for name in ("otp_totp/totpdevice", "otp_static/staticdevice", "axes/accessattempt"):
        assert client.get(f"/admin/{name}/").status_code in {302, 404}


def test_where_it_is_optional_nobody_is_kept_out(boss: User, browser: Callable[..., Browser]) -> None:
    person = browser()
    person.log_in()
    assert person.is_in()
    assert person.open(reverse("admin:second_factor")).status_code == 200
