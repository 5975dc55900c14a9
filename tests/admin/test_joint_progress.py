"""One bar for all the batches that a long list became."""

from typing import Any

import pytest
from django.test import Client

from messaging.admin.sending.joint import JointProgress
from messaging.models import Batch
from messaging.states import State
from tests.admin.conftest import World
from tests.admin.sending import drafted, filled
from tests.admin.test_batch_page import bar, send, text_of

LIST = "\n".join(f"1370000000{place}" for place in range(7))


@pytest.fixture
def draft(desk: Client, world: World, settings: Any) -> str:
    """Seven numbers that were sent as three batches: three, three and one."""
    settings.MAX_RECIPIENTS = 3
    address = drafted(desk, filled(world, numbers=LIST))
    assert desk.post(address)["Location"] == address
    return address


def batches() -> list[Batch]:
    return list(Batch.objects.order_by("pk"))


def deliver(batch: Batch) -> None:
    send(batch, 1, *[State.DELIVERED] * batch.accepted)


def test_one_bar_shows_all_of_them(desk: Client, draft: str) -> None:
    deliver(batches()[0])
    page = " ".join(text_of(desk, draft).split())
    assert bar(page) == [("42.857", "delivered: 3"), ("57.143", "queued: 4")]
    assert "42 % of 7 messages wait no more" in page
    told = page.partition('id="batches"')[2].partition("</ul>")[0]
    assert told.count("<li") == 3
    for batch in batches():
        assert f"/admin/messaging/batch/{batch.pk}/change/" in told
    assert "Done: nothing waits any more · 100 %" in told
    assert told.count("Accepted: nothing has left yet · 0 %") == 2


def test_it_counts_along_until_nothing_moves(desk: Client, draft: str) -> None:
    address = f"{draft}progress/"
    assert f'data-progress="{address}"' in text_of(desk, draft)
    assert "data-moving" in text_of(desk, address)
    for batch in batches():
        deliver(batch)
    page = text_of(desk, address)
    assert "data-moving" not in page
    assert "100 % of 7 messages wait no more" in page
    assert "<html" not in page


def test_it_is_told_in_chinese(desk: Client, draft: str) -> None:
    page = " ".join(text_of(desk, f"{draft}progress/", "zh-hans").split())
    assert "7 条短信" in page
    assert "messages" not in page.replace("/messaging/", "")


def test_a_draft_that_is_not_sent_has_no_bar(desk: Client, world: World) -> None:
    assert 'role="progressbar"' not in text_of(desk, drafted(desk, filled(world)))


def test_only_whoever_made_the_draft_may_look(desk: Client, draft: str, django_user_model: Any) -> None:
    other = Client()
    other.force_login(django_user_model.objects.create_superuser("other"))
    assert other.get(f"{draft}progress/").status_code == 404


@pytest.mark.parametrize(
    ("doings", "title"),
    [
        ((), "Accepted: nothing has left yet"),
        (("deliver",), "Sending"),
        (("deliver", "deliver", "deliver"), "Done: nothing waits any more"),
        (("deliver", "cancel", "deliver"), "Done: nothing waits any more"),
        (("cancel", "cancel", "cancel"), "Cancelled"),
        (("pause", "pause", "deliver"), "Paused: what waits is not sent"),
        (("pause",), "Sending"),
    ],
)
def test_its_title_is_true_of_what_is_not_over(
    desk: Client, draft: str, doings: tuple[str, ...], title: str
) -> None:
    for batch, doing in zip(batches(), doings, strict=False):
        if doing == "deliver":
            deliver(batch)
        else:
            desk.post(f"/admin/messaging/batch/{batch.pk}/{doing}/")
    assert JointProgress.of([batch.pk for batch in batches()]).title == title
