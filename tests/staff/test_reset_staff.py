"""`manage.py reset_staff`: the way back in."""

import io
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command

from tests.staff.conftest import PASSWORD, Browser, Phone, words_of


def reset(name: str = "boss") -> str:
    said = io.StringIO()
    call_command("reset_staff", name, stdout=said)
    return said.getvalue().split()[1]


def test_it_opens_what_was_locked_and_asks_for_no_code(
    boss: User, phone: Phone, browser: Callable[..., Browser]
) -> None:
    person = browser()
    for _ in range(5):
        locked = person.log_in(password="wrong")
    assert locked.status_code == 429
    assert person.log_in(password=reset()).status_code == 302


def test_the_printed_password_must_be_changed_before_anything_else(
    boss: User, browser: Callable[..., Browser]
) -> None:
    person, password = browser(), reset()
    person.log_in(password=password)
    answer = person.open("/admin/messaging/message/")
    assert answer["Location"] == "/admin/password_change/"
    assert "choose one of your own" in words_of(person.open("/admin/password_change/"))
    new = {
        "old_password": password,
        "new_password1": "quite another one",
        "new_password2": "quite another one",
    }
    person.client.post("/admin/password_change/", new)
    assert person.is_in()


def test_then_comes_the_second_factor(
    boss: User, phone: Phone, browser: Callable[..., Browser], settings: Any
) -> None:
    settings.STAFF_TOTP = "required"
    person, password = browser(), reset()
    person.log_in(password=password)
    new = {
        "old_password": password,
        "new_password1": "quite another one",
        "new_password2": "quite another one",
    }
    person.client.post("/admin/password_change/", new)
    assert person.open()["Location"] == "/admin/auth/user/second-factor/"


def test_it_ends_every_session_and_the_old_password(boss: User, browser: Callable[..., Browser]) -> None:
    person = browser()
    person.log_in()
    assert person.is_in()
    reset()
    assert not person.is_in()
    assert person.log_in(password=PASSWORD).status_code == 200


def test_others_stay_as_they_are(boss: User, browser: Callable[..., Browser]) -> None:
    User.objects.create_superuser("clerk", password=PASSWORD)
    reset("clerk")
    assert browser().log_in().status_code == 302


def test_an_unknown_name_is_an_error(db: None) -> None:
    with pytest.raises(CommandError, match="no login 'nobody'"):
        reset("nobody")
