import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.admin.reading import MOST_PAGES
from messaging.models import Batch, Chunk, Message
from messaging.states import ChunkState
from tests.admin.conftest import World

LIST = "/admin/messaging/message/"


def listed(desk: Client, **query: object) -> list[str]:
    answer = desk.get(LIST, query)
    assert answer.status_code == 200
    return [message.mobile for message in answer.context["cl"].result_list]


def queries(desk: Client) -> CaptureQueriesContext:
    with CaptureQueriesContext(connection) as captured:
        desk.get(LIST)
    return captured


def test_the_number_of_queries_does_not_grow_with_the_list(desk: Client, world: World) -> None:
    world.accept()
    few = len(queries(desk))
    for n in range(30):
        world.submitted(to=f"139{n:08d}")
    captured = queries(desk)
    assert len(captured) <= few
    assert len(captured) <= 10
    assert not [
        q["sql"] for q in captured if "COUNT(" in q["sql"].upper() and "messaging_message" in q["sql"]
    ]


@pytest.mark.parametrize("written", ["13800000001", "+86 138-0000-0001", "008613800000001"])
def test_a_number_is_found_in_any_form(written: str, desk: Client, world: World) -> None:
    world.accept(to="13800000001")
    world.accept(to="13800000002")
    assert listed(desk, q=written) == ["13800000001"]


def test_a_message_is_found_by_id_reference_mid_batch_and_chunk(desk: Client, world: World) -> None:
    message = world.submitted(to="13800000001", reference="order-42")
    world.reported(message, "DELIVRD")
    batch = world.accept_batch("13700000001", "13700000002")
    chunk = Chunk.objects.get(batch_id=batch)
    assert listed(desk, q=message.pk) == ["13800000001"]
    assert listed(desk, q="order-42") == ["13800000001"]
    assert listed(desk, q="M1") == ["13800000001"]
    assert listed(desk, q=batch) == ["13700000002", "13700000001"]
    assert listed(desk, q=chunk.pk) == ["13700000002", "13700000001"]
    assert listed(desk, q="order-4") == []


def test_filters_know_the_derived_states(desk: Client, world: World) -> None:
    world.accept(to="13800000001")
    batch = world.accept_batch("13700000001")
    Chunk.objects.filter(batch_id=batch).update(state=ChunkState.SUBMITTING)
    assert listed(desk, status="submitting") == ["13700000001"]
    assert listed(desk, status="queued") == ["13800000001"]
    assert listed(desk, q=batch, status="submitting") == ["13700000001"]
    assert listed(desk, category__exact="otp") == []
    assert listed(desk, application__id__exact=world.shop.pk) == ["13700000001", "13800000001"]


def test_pages_follow_each_other_without_a_count(desk: Client, world: World) -> None:
    world.accept_batch(*(f"137{n:08d}" for n in range(51)))
    first = desk.get(LIST)
    assert len(first.context["cl"].result_list) == 50
    assert first.context["cl"].paginator.has_more
    assert "10000" not in first.content.decode()
    second = desk.get(LIST, {"p": 2})
    assert len(second.context["cl"].result_list) == 1
    assert not second.context["cl"].paginator.has_more
    assert desk.get(LIST, {"p": MOST_PAGES + 1}).status_code == 302


def test_a_batch_page_counts_by_status_and_lists_the_refused(desk: Client, world: World) -> None:
    world.accept_batch("13700000001", "13700000002", "12")
    batch = Batch.objects.get()
    page = desk.get(f"/admin/messaging/batch/{batch.pk}/change/").content.decode()
    assert "Accepted: nothing has left yet" in page
    assert "<b>2</b>" in page
    assert "invalid_number" in page
    assert f"{LIST}?q={batch.pk}" in page
    assert Message.objects.filter(batch=batch).count() == 2
