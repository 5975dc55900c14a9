"""What no index knows is looked for in growing steps, and whoever wants more goes on from there."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from accounts.models import Application
from accounts.services import create_api_key
from messaging import looking_back
from messaging.looking_back import look_back
from messaging.models import Message
from tests.growth.conftest import StoreAt, ago

DAYS = (0.01, 0.5, 2, 9, 40, 100, 300)


@pytest.fixture
def rare(store_at: StoreAt, changing_tables: None) -> list[Message]:
    """Rejected messages of many days, newest first, each beside a delivered one."""
    for days in DAYS:
        store_at(ago(days + 0.001))
    return [store_at(ago(days), state="rejected") for days in DAYS]


@pytest.fixture
def in_a_hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """The time is up after the first step."""
    monkeypatch.setattr(looking_back, "MOST_SECONDS", 0.0)


def rejected() -> Any:
    return Message.objects.filter(state="rejected").order_by("-pk")


@pytest.mark.parametrize("count", [1, 3, len(DAYS)])
def test_the_newest_are_found_first(rare: list[Message], count: int):
    assert look_back(rejected(), count).messages == rare[:count]


def test_the_end_is_told_when_all_was_seen(rare: list[Message]):
    found = look_back(rejected(), 100)
    assert found.messages == rare
    assert found.since is None


def test_an_empty_table_is_seen_at_once(db: None):
    assert look_back(rejected(), 1) == looking_back.Found([], None)


@pytest.mark.usefixtures("in_a_hurry")
def test_whoever_goes_on_misses_nothing_and_sees_nothing_twice(rare: list[Message]):
    found = look_back(rejected(), 100)
    assert found.messages == rare[:2]
    seen = list(found.messages)
    while found.since:
        found = look_back(rejected(), 100, before=found.since)
        seen += found.messages
    assert seen == rare


def pages(read: Callable[[str], tuple[list[str], str | None]]) -> list[list[str]]:
    found, cursor = [], ""
    while cursor is not None:
        ids, following = read(cursor)
        found.append(ids)
        cursor = following  # type: ignore[assignment]
    return found


@pytest.mark.parametrize("limit", [1, 50])
@pytest.mark.usefixtures("in_a_hurry")
def test_a_caller_that_follows_next_gets_everything(rare: list[Message], shop: Application, limit: int):
    client = Client(headers={"authorization": f"Bearer {create_api_key(shop)[1]}"})

    def read(cursor: str) -> tuple[list[str], str | None]:
        query = {"status": "rejected", "limit": limit, **({"cursor": cursor} if cursor else {})}
        answer = client.get("/api/v1/messages", query).json()
        return [row["id"] for row in answer["results"]], answer["next"]

    got = pages(read)
    assert [pk for page in got for pk in page] == [str(message.pk) for message in rare]
    assert max(len(page) for page in got) <= limit


@pytest.mark.usefixtures("in_a_hurry")
def test_staff_are_told_how_far_back_was_looked_and_can_go_on(rare: list[Message]):
    staff = Client()
    staff.force_login(User.objects.create_superuser("boss"))
    url, seen = "?status=rejected", []
    while url:
        answer = staff.get("/admin/messaging/message/" + url)
        assert answer.status_code == 200
        seen += answer.context["cl"].result_list
        url = answer.context["cl"].go_on_url
        assert ("Look further back" in answer.content.decode()) == bool(url)
        assert not url or url.replace("&", "&amp;") in answer.content.decode()
    assert seen == rare


def test_a_span_of_time_goes_by_created_at_though_the_web_clock_differs(
    store_at: StoreAt, shop: Application, changing_tables: None
):
    moment = timezone.now() - timedelta(days=50)
    message = store_at(moment)
    client = Client(headers={"authorization": f"Bearer {create_api_key(shop)[1]}"})
    for minutes in (-50, 50):
        created = moment + timedelta(minutes=minutes)
        Message.objects.filter(pk=message.pk).update(created_at=created)
        span = {"created_after": created, "created_before": created + timedelta(seconds=1)}
        answer = client.get("/api/v1/messages", {name: at.isoformat() for name, at in span.items()}).json()
        assert [row["id"] for row in answer["results"]] == [str(message.pk)]
