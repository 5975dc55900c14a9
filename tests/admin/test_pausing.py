"""The red buttons: account, application, everything; a person pauses, a person resumes."""

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client

from messaging.models import Hold
from messaging.services import holds
from messaging.services.submission import claim
from tests.admin.conftest import World

EVERYTHING = "/admin/messaging/alarm/stuck/pause/"


def account_page(world: World) -> str:
    return f"/admin/accounts/upstreamaccount/{world.account.pk}/"


def application_page(world: World) -> str:
    return f"/admin/accounts/application/{world.shop.pk}/"


def text_of(client: Client, path: str) -> str:
    text: str = client.get(path).content.decode()
    return text


@pytest.mark.parametrize("page", [account_page, application_page])
def test_a_pause_holds_with_its_reason_and_is_resumed(desk: Client, world: World, page) -> None:
    world.accept_batch("13700000001")
    path = page(world)
    assert f"{path}pause/" in text_of(desk, f"{path}change/")
    desk.post(f"{path}pause/", {"why": "wrong price"})
    hold = Hold.objects.get()
    assert (hold.cause, hold.detail, hold.next_probe_at) == ("person", "boss: wrong price", None)
    assert claim("notification") is None
    shown = text_of(desk, f"{path}change/")
    assert "wrong price" in shown
    assert f"{path}pause/" not in shown
    desk.post(f"/admin/messaging/hold/{hold.pk}/release/")
    assert claim("notification")


def test_without_a_reason_nothing_is_paused(desk: Client, world: World) -> None:
    assert desk.post(f"{account_page(world)}pause/", {"why": ""}).status_code == 200
    assert not Hold.objects.exists()


def test_a_pause_takes_over_a_hold_that_evidence_would_end(desk: Client, world: World) -> None:
    hold = world.held()
    desk.post(f"{account_page(world)}pause/", {"why": "contract ended"})
    hold.refresh_from_db()
    assert (hold.cause, hold.next_probe_at, hold.ended_at) == ("person", None, None)
    assert not holds.pause(by="boss", account_id=world.account.pk)


def test_a_pause_of_everything_is_told_on_every_page(desk: Client, world: World) -> None:
    world.accept_batch("13700000001")
    assert 'id="everything-held"' not in text_of(desk, "/admin/")
    desk.post(EVERYTHING, {"why": "fire"})
    assert claim("notification") is None
    for path in ("/admin/", "/admin/messaging/message/", f"{account_page(world)}change/"):
        assert 'id="everything-held"' in text_of(desk, path)
        assert "boss: fire" in text_of(desk, path)
    holds.release(Hold.objects.get(), by="boss")
    assert 'id="everything-held"' not in text_of(desk, "/admin/")
    assert claim("notification")


def test_a_stranger_is_told_nothing_of_it(desk: Client, world: World) -> None:
    holds.pause(by="boss", why="fire")
    assert "fire" not in text_of(Client(), "/admin/login/")


def test_staff_without_the_permission_pause_nothing(world: World) -> None:
    user = User.objects.create_user("clerk", password="clerk", is_staff=True)
    user.user_permissions.set(
        Permission.objects.filter(codename__in=["view_upstreamaccount", "change_upstreamaccount"])
    )
    client = Client()
    client.force_login(user)
    assert "pause/" not in text_of(client, f"{account_page(world)}change/")
    for path in (f"{account_page(world)}pause/", EVERYTHING):
        assert client.post(path, {"why": "x"}).status_code == 403
    assert not Hold.objects.exists()
