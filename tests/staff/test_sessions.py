"""How long staff stay in."""

import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.utils import timezone

from messaging.services.forgetting import forget_requests
from tests.staff.conftest import PASSWORD, Browser

pytestmark = pytest.mark.usefixtures("boss")


@pytest.fixture
def person(browser: Callable[..., Browser]) -> Browser:
    person = browser()
    person.log_in()
    assert person.is_in()
    return person


def rewrite(person: Browser, **values: Any) -> None:
    session = person.client.session
    session.update(values)
    session.save()


def lasts(person: Browser) -> float:
    stored = Session.objects.get(pk=person.client.session.session_key)
    return (stored.expire_date - timezone.now()).total_seconds() / 60


def test_a_session_that_nobody_uses_ends_at_the_idle_limit(person: Browser) -> None:
    assert 59 < lasts(person) <= 60
    Session.objects.update(expire_date=timezone.now() - timedelta(seconds=1))
    assert not person.is_in()


def test_using_it_keeps_it(person: Browser) -> None:
    Session.objects.update(expire_date=timezone.now() + timedelta(minutes=5))
    rewrite_touched(person, minutes=2)
    person.open()
    assert 59 < lasts(person) <= 60


def rewrite_touched(person: Browser, minutes: float) -> None:
    rewrite(person, touched=time.time() - minutes * 60)


def test_a_busy_session_ends_all_the_same(person: Browser) -> None:
    rewrite(person, began=time.time() - 11.9 * 3600, touched=0)
    person.open()
    assert 5 < lasts(person) <= 6.1
    rewrite(person, began=time.time() - 12 * 3600 - 1)
    answer = person.open()
    assert answer["Location"] == "/admin/login/?next=/admin/"
    assert "Your session has ended" in person.open(answer["Location"]).content.decode()


def test_the_limits_are_settings(browser: Callable[..., Browser], settings: Any) -> None:
    settings.STAFF_IDLE_MINUTES, settings.STAFF_SESSION_HOURS = 5.0, 1.0
    person = browser()
    person.log_in()
    person.open()
    assert 4 < lasts(person) <= 5
    rewrite(person, began=time.time() - 3601)
    assert not person.is_in()


def test_reading_ten_pages_is_one_write(person: Browser, django_assert_num_queries: Any) -> None:
    before = Session.objects.get().session_data
    for _ in range(3):
        person.open("/admin/messaging/message/codes/")
    assert Session.objects.get().session_data == before


def test_a_new_password_ends_the_other_sessions(person: Browser, browser: Callable[..., Browser]) -> None:
    other = browser()
    other.log_in()
    new = {
        "old_password": PASSWORD,
        "new_password1": "another pass phrase",
        "new_password2": "another pass phrase",
    }
    assert person.client.post("/admin/password_change/", new).status_code == 302
    assert person.is_in()
    assert not other.is_in()


def test_sessions_that_are_over_are_deleted_by_the_clock(
    person: Browser, browser: Callable[..., Browser]
) -> None:
    browser().log_in()
    key = person.client.session.session_key
    Session.objects.exclude(pk=key).update(expire_date=timezone.now() - timedelta(minutes=1))
    forget_requests()
    assert [session.pk for session in Session.objects.all()] == [key]


def test_a_user_who_is_switched_off_is_out_at_once(person: Browser) -> None:
    User.objects.update(is_active=False)
    assert not person.is_in()
