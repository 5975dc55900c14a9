"""Cancel, resend and release from a message's page: asked first, by permission, and told."""

from collections.abc import Iterable

import pytest
from django.contrib.auth.models import Permission, User
from django.contrib.contenttypes.models import ContentType
from django.test import Client

from messaging.models import Chunk, Hold, Message
from messaging.states import ChunkState, State
from tests.admin.conftest import World

MODELS = {"pause_sending": "hold"}


def address(message: Message, decision: str = "change") -> str:
    return f"/admin/messaging/message/{message.pk}/{decision}/"


def text_of(client: Client, path: str, **how: str) -> str:
    return client.get(path, **how).content.decode()


def decide(client: Client, path: str) -> str:
    return client.post(path, follow=True).content.decode()


def permission(codename: str) -> Permission:
    """The roles' migration makes those that no model has by itself."""
    content_type = ContentType.objects.get(
        app_label="messaging", model=MODELS.get(codename) or codename.partition("_")[2]
    )
    return Permission.objects.get_or_create(content_type=content_type, codename=codename)[0]


def clerk(codenames: Iterable[str]) -> Client:
    user = User.objects.create_user("clerk", password="clerk", is_staff=True)
    user.user_permissions.set([permission(codename) for codename in codenames])
    client = Client()
    client.force_login(user)
    return client


def unknown(world: World) -> Message:
    message = world.accept()
    world.called(message, state="unknown", code=None, reason="read_timeout", raw=None)
    Message.objects.filter(pk=message.pk).update(state=State.UNKNOWN)
    return message


def poisoned(world: World) -> Message:
    message = world.accept()
    world.called(message, state="not_sent", code=None, reason="worker_lost", raw=None)
    Chunk.objects.update(state=ChunkState.HELD)
    return message


def state_of(message: Message) -> str:
    return Message.objects.values_list("state", flat=True).get(pk=message.pk)


def test_a_waiting_message_is_cancelled_by_name(desk: Client, world: World) -> None:
    message = world.accept()
    assert address(message, "cancel") in text_of(desk, address(message))
    assert "It will never be sent." in text_of(desk, address(message, "cancel"))
    assert state_of(message) == State.QUEUED
    page = decide(desk, address(message, "cancel"))
    assert "The message is cancelled." in page
    assert "by boss" in page
    assert state_of(message) == State.CANCELLED
    assert address(message, "cancel") not in page


def test_what_has_gone_says_why_it_cannot_be_cancelled(desk: Client, world: World) -> None:
    message = world.submitted()
    assert address(message, "cancel") not in text_of(desk, address(message))
    assert "can&#x27;t be called back" in decide(desk, address(message, "cancel"))
    assert state_of(message) == State.SUBMITTED


def test_a_resend_warns_that_it_may_arrive_twice_and_leads_to_the_new_one(desk: Client, world: World) -> None:
    message = unknown(world)
    assert "the recipient gets the same text twice" in text_of(desk, address(message, "resend"))
    assert Message.objects.count() == 1
    page = decide(desk, address(message, "resend"))
    new = Message.objects.get(resend_of=message.pk)
    assert str(new.pk) in page.partition("</title>")[0]
    assert address(message) in page
    assert address(message, "resend") not in text_of(desk, address(message))
    assert "It was resent before" in decide(desk, address(message, "resend"))
    assert Message.objects.count() == 2


def test_a_resend_stands_in_the_timeline_with_who_asked(desk: Client, world: World) -> None:
    message = unknown(world)
    decide(desk, address(message, "resend"))
    new = Message.objects.get(resend_of=message.pk)
    timeline = text_of(desk, address(message)).partition('id="timeline"')[2]
    assert f"resent as {new.pk} by boss" in timeline
    assert f"由 boss 重发为 {new.pk}" in text_of(
        desk, address(message), headers={"Accept-Language": "zh-hans"}
    )


def test_what_was_delivered_is_not_resent(desk: Client, world: World) -> None:
    message = world.submitted()
    assert address(message, "resend") not in text_of(desk, address(message))
    assert "Only a message whose outcome is unknown" in decide(desk, address(message, "resend"))


def test_the_hold_that_keeps_a_message_is_released_from_its_page(desk: Client, world: World) -> None:
    message = world.accept()
    assert "/release/" not in text_of(desk, address(message))
    hold = world.held()
    path = f"/admin/messaging/hold/{hold.pk}/release/"
    assert path in text_of(desk, address(message))
    assert "not one message alone" in text_of(desk, path)
    assert "Released." in decide(desk, path)
    assert Hold.objects.get().ended_by == "boss"
    assert "It had ended before." in decide(desk, path)


def test_a_message_that_killed_workers_is_released(desk: Client, world: World) -> None:
    message = poisoned(world)
    assert address(message, "release") in text_of(desk, address(message))
    assert "waits for its turn again" in decide(desk, address(message, "release"))
    assert Chunk.objects.get().state == ChunkState.QUEUED
    assert "It is not held any more." in decide(desk, address(message, "release"))


DECISIONS = {
    "cancel": ("cancel_message", World.accept),
    "resend": ("resend_message", unknown),
    "release": ("release_hold", poisoned),
}


@pytest.mark.parametrize("decision", DECISIONS)
def test_nobody_decides_without_the_permission(decision: str, world: World) -> None:
    _codename, make = DECISIONS[decision]
    message, client = make(world), clerk(["view_message"])
    before = state_of(message)
    assert address(message, decision) not in text_of(client, address(message))
    assert client.get(address(message, decision)).status_code == 403
    assert client.post(address(message, decision)).status_code == 403
    assert state_of(message) == before
    assert not Chunk.objects.filter(state=ChunkState.QUEUED).exists()


@pytest.mark.parametrize("decision", DECISIONS)
def test_the_permission_is_enough(decision: str, world: World) -> None:
    codename, make = DECISIONS[decision]
    message, client = make(world), clerk(["view_message", codename])
    assert address(message, decision) in text_of(client, address(message))
    assert client.post(address(message, decision)).status_code == 302


def test_a_decision_about_nothing_is_not_found(desk: Client, world: World) -> None:
    nobody = "01a204bb-265f-7474-9cc1-8b65e618f255"
    assert desk.get(f"/admin/messaging/message/{nobody}/cancel/").status_code == 404
