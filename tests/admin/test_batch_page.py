"""A batch's page: how far it has come, and what a person may still stop."""

import re
from typing import Any

import pytest
from django.test import Client

from accounts.models import UpstreamAccount
from messaging.models import Batch, Chunk, Hold, Message
from messaging.states import ChunkState, State
from tests.admin.conftest import World
from tests.admin.test_message_decisions import clerk

NUMBERS = [f"1370000000{place}" for place in range(10)]


@pytest.fixture
def batch(world: World) -> Batch:
    """Ten messages in chunks of two, all waiting."""
    UpstreamAccount.objects.update(max_numbers=2)
    return Batch.objects.get(pk=world.accept_batch(*NUMBERS))


def address(batch: Batch, what: str = "change") -> str:
    return f"/admin/messaging/batch/{batch.pk}/{what}/"


def text_of(client: Client, path: str, language: str = "en") -> str:
    answer = client.get(path, headers={"Accept-Language": language})
    assert answer.status_code == 200
    text: str = answer.content.decode()
    return text


def decide(client: Client, batch: Batch, what: str) -> str:
    text: str = client.post(address(batch, what), follow=True).content.decode()
    return text


def send(batch: Batch, chunks: int, *states: State, left: ChunkState = ChunkState.DONE) -> None:
    """Some chunks have gone; the messages of them came to these states in turn."""
    gone = list(Chunk.objects.filter(batch=batch).order_by("pk")[:chunks])
    Chunk.objects.filter(pk__in=[chunk.pk for chunk in gone]).update(state=left)
    members = [member for chunk in gone for member in chunk.members]
    for member, state in zip(members, states, strict=True):
        for step in {State.DELIVERED: (State.SUBMITTED,)}.get(state, ()):
            Message.objects.filter(pk=member).update(state=step, mid="M")
        Message.objects.filter(pk=member).update(state=state, mid="M")


def bar(page: str) -> list[tuple[str, str]]:
    """Return each piece of the bar: its width in percent, and what it stands for."""
    found = page.partition('role="progressbar"')[2].partition("<p ")[0]
    return re.findall(r'style="width: ([0-9.]+)%" title="([^"]+)"', found)


def test_the_bar_shows_each_status_by_its_share(desk: Client, batch: Batch) -> None:
    send(batch, 2, State.DELIVERED, State.DELIVERED, State.SUBMITTED, State.REJECTED)
    page = text_of(desk, address(batch))
    assert bar(page) == [
        ("20.0", "delivered: 2"), ("10.0", "submitted, awaiting report: 1"), ("10.0", "rejected: 1"),
        ("60.0", "queued: 6"),
    ]  # fmt: skip
    assert "40 % of 10 messages wait no more" in page
    assert ">Sending<" in re.sub(r"\s+", "", page)


def test_widths_are_written_for_browsers_in_every_language(desk: Client, batch: Batch) -> None:
    send(batch, 1, State.DELIVERED, State.DELIVERED)
    assert [width for width, _label in bar(text_of(desk, address(batch), "zh-hans"))] == ["20.0", "80.0"]


def test_it_is_asked_again_while_something_moves(desk: Client, batch: Batch) -> None:
    def moves() -> bool:
        return "data-moving" in text_of(desk, address(batch, "progress"))

    assert moves()
    send(batch, 5, *[State.SUBMITTED] * 10)
    assert moves()
    send(batch, 5, *[State.DELIVERED] * 10)
    assert not moves()
    page = text_of(desk, address(batch))
    assert "Done: nothing waits any more" in page
    assert "messaging/progress.js" in page
    assert f'data-progress="{address(batch, "progress")}"' in page


def test_what_is_being_submitted_moves(desk: Client, batch: Batch) -> None:
    Chunk.objects.filter(batch=batch).update(state=ChunkState.SUBMITTING)
    page = text_of(desk, address(batch, "progress"))
    assert "data-moving" in page
    assert "0 % of 10 messages wait no more" in page
    assert address(batch, "cancel") not in page


def test_the_part_that_changes_is_no_whole_page(desk: Client, batch: Batch) -> None:
    page = text_of(desk, address(batch, "progress"))
    assert 'id="counts"' in page
    assert "<html" not in page


def test_a_batch_is_paused_and_goes_on(desk: Client, batch: Batch) -> None:
    assert address(batch, "pause") in text_of(desk, address(batch))
    page = decide(desk, batch, "pause")
    assert "Paused: what waits is not sent" in page
    assert "by boss." in page.partition('id="paused"')[2]
    assert address(batch, "pause") not in page
    assert "data-moving" not in page
    hold = Hold.objects.get()
    assert (hold.scope, hold.batch_id, hold.cause) == (Hold.Scope.BATCH, batch.pk, Hold.Cause.PERSON)
    assert "It was paused before." in decide(desk, batch, "pause")
    page = decide(desk, batch, "resume")
    assert "The batch goes on." in page
    assert 'id="paused"' not in page
    hold.refresh_from_db()
    assert hold.ended_by == "boss"
    assert "It is not paused." in decide(desk, batch, "resume")


def test_a_cancel_says_exactly_what_had_gone(desk: Client, batch: Batch) -> None:
    send(batch, 2, State.DELIVERED, State.SUBMITTED, State.REJECTED, State.UNKNOWN)
    assert "6 messages wait and will never be sent." in text_of(desk, address(batch, "cancel"))
    page = decide(desk, batch, "cancel")
    told = "6 of 10 messages were cancelled before they were sent. 4 had gone, or may have: "
    assert told in page.partition('id="account"')[2]
    assert "delivered 1" in page.partition('id="account"')[2].partition("</p>")[0]
    assert address(batch, "cancel") not in page
    assert Message.objects.filter(state=State.CANCELLED).count() == 6
    again = text_of(desk, address(batch), "zh-hans")
    assert "10 条短信中有 6 条在发送前取消。4 条已经发出或可能已发出：" in again


def test_a_cancel_in_time_says_that_nothing_had_gone(desk: Client, batch: Batch) -> None:
    assert "Nothing had gone." in decide(desk, batch, "cancel")


def cell(page: str, name: str) -> str:
    found = page.partition(f"field-{name}")[2].partition("</td>")[0]
    return " ".join(re.sub(r"<[^>]*>", " ", found.partition(">")[2]).split())


def test_the_list_shows_how_far_each_has_come(desk: Client, batch: Batch) -> None:
    path = "/admin/messaging/batch/"
    assert (cell(text_of(desk, path), "shown_state"), cell(text_of(desk, path), "shown_bar")) == (
        "waiting",
        "0 %",
    )
    send(batch, 2, *[State.SUBMITTED] * 4)
    assert (cell(text_of(desk, path), "shown_state"), cell(text_of(desk, path), "shown_bar")) == (
        "sending",
        "40 %",
    )
    decide(desk, batch, "pause")
    assert cell(text_of(desk, path), "shown_state") == "paused"
    decide(desk, batch, "cancel")
    assert cell(text_of(desk, path), "shown_state") == "cancelled"
    assert cell(text_of(desk, path), "shown_bar") == "100 %"


def test_the_list_counts_chunks_and_not_messages(
    desk: Client, batch: Batch, django_assert_max_num_queries: Any
) -> None:
    with django_assert_max_num_queries(20) as queries:
        text_of(desk, "/admin/messaging/batch/")
    assert not any('"messaging_message"' in query["sql"] for query in queries.captured_queries)


DECISIONS = {"pause": "pause_sending", "cancel": "cancel_message", "resume": "release_hold"}


@pytest.mark.parametrize("decision", DECISIONS)
def test_each_decision_has_its_permission(decision: str, desk: Client, batch: Batch) -> None:
    if decision == "resume":
        decide(desk, batch, "pause")
    viewer = clerk(["view_batch"])
    assert address(batch, decision) not in text_of(viewer, address(batch))
    assert viewer.post(address(batch, decision)).status_code == 403
    batch.refresh_from_db()
    assert batch.cancelled_at is None
    assert Hold.objects.filter(ended_at=None).count() == (decision == "resume")


@pytest.mark.parametrize("decision", DECISIONS)
def test_who_has_it_decides(decision: str, desk: Client, batch: Batch) -> None:
    if decision == "resume":
        decide(desk, batch, "pause")
    client = clerk(["view_batch", DECISIONS[decision]])
    assert address(batch, decision) in text_of(client, address(batch))
    assert client.post(address(batch, decision)).status_code == 302


def test_the_part_that_changes_needs_the_permission_too(batch: Batch) -> None:
    assert clerk(["view_hold"]).get(address(batch, "progress")).status_code == 403
