"""`manage.py reset_staff`: the way back in."""

import io
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.db.models import F

from accounts.models import OneTimePassword
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


def passed(hours: float) -> None:
    OneTimePassword.objects.update(issued_at=F("issued_at") - timedelta(hours=hours))


def test_the_printed_password_opens_nothing_after_a_day(boss: User, browser: Callable[..., Browser]) -> None:
    in_time, late = browser(), browser(**{"Accept-Language": "zh-hans"})
    password = reset()
    passed(23.9)
    in_time.log_in(password=password)
    assert in_time.open()["Location"] == "/admin/password_change/"
    passed(0.2)
    assert "这个密码打印已久" in words_of(late.log_in(password=password))
    assert not late.is_in()


def test_whoever_came_in_with_it_and_did_not_change_it_goes_when_it_ends(
    boss: User, browser: Callable[..., Browser]
) -> None:
    person, password = browser(), reset()
    person.log_in(password=password)
    passed(25)
    answer = person.open("/admin/password_change/")
    assert answer["Location"].startswith("/admin/login/")
    assert "printed too long ago" in words_of(person.open(answer["Location"]))


def test_a_second_reset_gives_the_whole_time_again(
    boss: User, browser: Callable[..., Browser], settings: Any
) -> None:
    settings.STAFF_RESET_HOURS = 2.0
    reset()
    passed(3)
    assert browser().log_in(password=reset()).status_code == 302


def test_a_password_of_ones_own_does_not_end(boss: User, browser: Callable[..., Browser]) -> None:
    reset()
    boss.refresh_from_db()
    boss.set_password(PASSWORD)
    boss.save()
    passed(1000)
    person = browser()
    person.log_in()
    assert person.is_in()


def test_an_unknown_name_is_an_error(db: None) -> None:
    with pytest.raises(CommandError, match="no login 'nobody'"):
        reset("nobody")
