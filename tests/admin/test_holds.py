from django.contrib.auth.models import Permission, User
from django.test import Client

from messaging.models import Chunk, Hold
from messaging.states import ChunkState
from tests.admin.conftest import World

LIST = "/admin/messaging/hold/"


def release(client: Client, *holds: Hold) -> str:
    form = {"action": "release", "_selected_action": [hold.pk for hold in holds]}
    text: str = client.post(LIST, form, follow=True).content.decode()
    return text


def clerk(*permissions: str) -> Client:
    user = User.objects.create_user("clerk", password="clerk", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    client = Client()
    client.force_login(user)
    return client


def test_release_ends_a_hold_and_makes_its_chunks_due(desk: Client, world: World) -> None:
    hold = world.held()
    world.accept_batch("13700000001")
    Chunk.objects.update(parked=True)
    assert "1 hold was released." in release(desk, hold)
    hold.refresh_from_db()
    assert hold.ended_at
    assert hold.ended_by == "boss"
    assert not Chunk.objects.get(state=ChunkState.QUEUED).parked
    assert "0 holds were released." in release(desk, hold)


def test_staff_may_read_holds_without_releasing_them(world: World) -> None:
    hold = world.held()
    client = clerk("view_hold")
    assert "The gateway refuses this account." in client.get(LIST).content.decode()
    release(client, hold)
    hold.refresh_from_db()
    assert hold.ended_at is None


def test_staff_with_the_permission_release(world: World) -> None:
    hold = world.held()
    assert "1 hold was released." in release(clerk("view_hold", "change_hold"), hold)


def test_a_hold_says_what_ends_it(desk: Client, world: World) -> None:
    hold = world.held()
    assert (
        "The gateway accepts the account again, or a person releases it. Next probe at"
        in desk.get(LIST).content.decode()
    )
    Hold.objects.filter(pk=hold.pk).update(next_probe_at=None)
    assert "Only a person." in desk.get(LIST).content.decode()
