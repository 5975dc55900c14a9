"""Whoever guesses is locked out, and nobody else (FAULTS F10)."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from axes.models import AccessAttempt
from django.conf import settings
from django.contrib.auth.models import User
from django.utils import timezone

from accounts.staff import lockout
from messaging.services.forgetting import forget_requests
from tests.staff.conftest import PASSWORD, Browser, Phone, words_of

pytestmark = pytest.mark.usefixtures("boss")


def guess(browser: Browser, times: int = 10, name: str = "boss") -> list[int]:
    return [browser.log_in(name, f"guess {number}").status_code for number in range(times)]


@pytest.mark.fault("F10")
def test_ten_wrong_passwords_lock_the_name_for_that_address(browser: Callable[..., Browser]) -> None:
    stranger = browser("192.0.2.66")
    assert guess(stranger) == [200] * 4 + [429] * 6
    answer = stranger.log_in(password=PASSWORD)
    assert answer.status_code == 429
    assert not stranger.is_in()


@pytest.mark.fault("F10")
def test_the_owner_gets_in_from_elsewhere_meanwhile(browser: Callable[..., Browser]) -> None:
    guess(browser("192.0.2.66"))
    owner = browser("192.0.2.1")
    assert owner.log_in().status_code == 302
    assert owner.is_in()


@pytest.mark.fault("F10")
def test_somebody_else_gets_in_from_the_same_address(browser: Callable[..., Browser]) -> None:
    User.objects.create_superuser("clerk", password=PASSWORD)
    guess(browser("192.0.2.66"))
    assert browser("192.0.2.66").log_in("clerk").status_code == 302


@pytest.mark.fault("F10")
def test_another_browser_of_that_address_is_locked_too(browser: Callable[..., Browser]) -> None:
    guess(browser("192.0.2.66"))
    assert browser("192.0.2.66", **{"User-Agent": "another"}).log_in().status_code == 429


@pytest.mark.fault("F10")
def test_the_address_is_the_one_that_our_proxy_tells(browser: Callable[..., Browser], settings: Any) -> None:
    settings.TRUSTED_PROXY_HOPS = 1
    for number in range(6):  # the left one is made up by the guesser
        guesser = browser("10.0.0.1", **{"X-Forwarded-For": f"198.51.100.{number}, 192.0.2.66"})
        answer = guesser.log_in(password="wrong")
    assert answer.status_code == 429
    assert browser("10.0.0.1", **{"X-Forwarded-For": "192.0.2.66, 192.0.2.1"}).log_in().status_code == 302


@pytest.mark.fault("F10")
def test_a_household_of_ipv6_is_one_address(browser: Callable[..., Browser]) -> None:
    codes = [browser(f"2001:db8::{number}").log_in(password="wrong").status_code for number in range(1, 6)]
    assert codes[-1] == 429
    assert browser("2001:db8:0:1::1").log_in().status_code == 302


@pytest.mark.fault("F10")
def test_wrong_codes_count_as_wrong_passwords_do(browser: Callable[..., Browser], phone: Phone) -> None:
    stranger = browser("192.0.2.66")
    guess(stranger, 4)
    assert stranger.log_in(code=phone.wrong_code()).status_code == 429


def test_a_login_that_succeeds_forgets_the_wrong_tries(browser: Callable[..., Browser]) -> None:
    person = browser()
    guess(person, 4)
    person.log_in()
    assert guess(person, 4) == [200] * 4


def test_the_lock_ends_by_itself_however_often_one_tries(browser: Callable[..., Browser]) -> None:
    person = browser()
    guess(person, 5)
    age(timedelta(minutes=14))
    assert person.log_in().status_code == 429
    age(timedelta(minutes=2))
    assert person.log_in().status_code == 302


def age(time: timedelta) -> None:
    for attempt in AccessAttempt.objects.all():
        AccessAttempt.objects.filter(pk=attempt.pk).update(attempt_time=attempt.attempt_time - time)


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ("locked from here for 15 minutes", "this name from elsewhere", "manage.py reset_staff NAME")),
        ("zh-hans", ("锁定 15 分钟", "manage.py reset_staff NAME")),
    ],
)
def test_the_page_says_what_to_do(
    language: str, words: tuple[str, ...], browser: Callable[..., Browser]
) -> None:
    person = browser(**{"Accept-Language": language})
    guess(person, 5)
    page = words_of(person.log_in())
    assert [word for word in words if word not in page] == []


def test_nothing_that_was_typed_is_kept_but_the_name(browser: Callable[..., Browser]) -> None:
    browser().log_in(password="nearly the password", code="123456")
    kept = AccessAttempt.objects.get()
    assert kept.username == "boss"
    assert "nearly" not in kept.post_data
    assert "123456" not in kept.post_data


def test_what_counts_no_more_is_deleted_by_the_clock(browser: Callable[..., Browser]) -> None:
    browser().log_in(password="wrong")
    AccessAttempt.objects.update(
        attempt_time=timezone.now() - settings.AXES_COOLOFF_TIME - timedelta(seconds=5)
    )
    browser().log_in("somebody", password="wrong")
    browser().log_in("boss2", password="wrong")
    AccessAttempt.objects.filter(username="somebody").update(attempt_time=timezone.now() - timedelta(days=1))
    forget_requests()
    assert [attempt.username for attempt in AccessAttempt.objects.all()] == ["boss2"]


def test_forgetting_takes_no_more_than_it_is_told(db: None) -> None:
    long_ago = timezone.now() - timedelta(days=1)
    for number in range(3):
        AccessAttempt.objects.create(username=f"n{number}", failures_since_start=1)
    AccessAttempt.objects.update(attempt_time=long_ago)
    assert [lockout.forget_attempts(2), lockout.forget_attempts(2)] == [2, 1]
