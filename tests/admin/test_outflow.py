"""What logins were given: seen whole by whoever may, given and pushed again by whoever may decide it."""

import html

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.urls import reverse

from messaging.admin.links import page_of
from messaging.models import Delivery, GivenPage
from tests.admin.conftest import World
from tests.admin.given import given

pytestmark = pytest.mark.django_db


def read(browser: Client, row: GivenPage | Delivery, language: str = "en") -> str:
    answer = browser.get(page_of(type(row), row.pk), headers={"Accept-Language": language})
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.fixture
def looker() -> Client:
    """May look, but sees no numbers, and decides nothing."""
    user = User.objects.create_user("looker", is_staff=True)
    names = ("view_givenpage", "view_delivery")
    user.user_permissions.set(Permission.objects.filter(codename__in=names))
    client = Client()
    client.force_login(user)
    return client


def test_items_are_shown_as_text(desk: Client, world: World) -> None:
    for row in given(world.shop):
        text = read(desk, row)
        assert "13800000001" in text
        assert "<script>alert(1)" not in text
        assert "<script>alert(1)" in html.unescape(text)


def test_who_may_not_see_numbers_sees_none_and_can_decide_nothing(looker: Client, world: World) -> None:
    page, delivery = given(world.shop)
    for row, name in ((page, "give_page_again"), (delivery, "deliver_again")):
        text = read(looker, row)
        address = reverse(f"admin:{name}", args=[row.pk])
        assert "13800000001" not in text
        assert address not in text
        assert looker.post(address).status_code == 403


def test_a_page_is_given_again(desk: Client, world: World) -> None:
    page, _delivery = given(world.shop)
    assert reverse("admin:give_page_again", args=[page.pk]) in read(desk, page)
    asked = desk.get(reverse("admin:give_page_again", args=[page.pk])).content.decode()
    assert "2 items before anything new" in asked
    desk.post(reverse("admin:give_page_again", args=[page.pk]))
    page.refresh_from_db()
    assert page.again_from == 0


def test_a_delivery_shows_its_tries_and_is_pushed_again(desk: Client, world: World) -> None:
    _page, delivery = given(world.shop)
    Delivery.objects.update(state="given_up")
    text = read(desk, delivery)
    assert "answered with HTTP 500" in text
    assert "the answer is not OK" in text
    assert "&lt;b&gt;" in text
    assert "应答不是 OK" in read(desk, delivery, "zh-hans")
    desk.post(reverse("admin:deliver_again", args=[delivery.pk]))
    delivery.refresh_from_db()
    assert (delivery.state, delivery.tries) == ("due", 0)
