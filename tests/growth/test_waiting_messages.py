"""What waits is found by its chunk or its place in the queue, a long backlog by looking back."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from accounts.models import Application
from accounts.services import create_api_key
from messaging import finding
from messaging.models import Chunk
from messaging.recipients import Item, Recipients
from messaging.services import intake
from messaging.states import ChunkState
from tests.growth.plans import done_by

ADMIN = "/admin/messaging/message/"
LATER = timezone.now() + timedelta(days=3)


@pytest.fixture
def staff(db: None) -> Client:
    staff = Client()
    staff.force_login(User.objects.create_superuser("boss"))
    return staff


@pytest.fixture
def waiting(shop: Application) -> dict[str, list[str]]:
    """The numbers of what waits, newest first, by status."""

    def batch(*numbers: str, **options: object) -> Chunk:
        taken = intake.accept_batch(
            shop, "【Acme】hi", Recipients(numbers), intake.Options(**options), skip_invalid=False
        )
        return Chunk.objects.get(batch_id=taken.batch.pk)

    def single(number: str, **options: object) -> None:
        intake.accept_message(shop, Item(number, "【Acme】hi"), intake.Options(**options))

    batch("13800000001", "13800000002")
    batch("13800000003", send_at=LATER)
    single("13800000004")
    single("13800000005", send_at=LATER)
    for number, state in (("13800000006", ChunkState.SUBMITTING), ("13800000007", ChunkState.HELD)):
        Chunk.objects.filter(pk=batch(number).pk).update(state=state)
    return {
        "queued": ["13800000004", "13800000002", "13800000001"],
        "scheduled": ["13800000005", "13800000003"],
        "submitting": ["13800000006"],
        "held": ["13800000007"],
    }


@pytest.mark.parametrize("many", [1, 1000])
@pytest.mark.parametrize("status", ["queued", "scheduled", "submitting", "held"])
def test_staff_and_callers_find_what_waits(
    waiting: dict[str, list[str]],
    staff: Client,
    shop: Application,
    monkeypatch: pytest.MonkeyPatch,
    status: str,
    many: int,
):
    monkeypatch.setattr(finding, "MANY", many)
    shown = staff.get(ADMIN, {"status": status}).context["cl"].result_list
    assert [message.mobile for message in shown] == waiting[status]
    caller = Client(headers={"authorization": f"Bearer {create_api_key(shop)[1]}"})
    listed = caller.get("/api/v1/messages", {"status": status}).json()["results"]
    assert [row["to"] for row in listed] == waiting[status]


def test_the_members_of_a_long_backlog_are_not_gathered(
    waiting: dict[str, list[str]], staff: Client, monkeypatch: pytest.MonkeyPatch
):
    def gathered() -> bool:
        return "ProjectSet" in done_by(lambda: staff.get(ADMIN, {"status": "queued"})).steps

    assert gathered()
    monkeypatch.setattr(finding, "MANY", 5)
    assert gathered()
    monkeypatch.setattr(finding, "MANY", 4)
    assert not gathered()
