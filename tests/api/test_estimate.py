"""When something would be submitted, by what waits before it and what was measured."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection

from accounts.models import Application
from accounts.services import create_application, create_upstream_account
from messaging.models import Attempt, Chunk, QueuedSingle, new_id

pytestmark = pytest.mark.django_db

LANE = "notification"


def estimate(api, **more):
    body = {"to": "13800000001", "content": "【Acme】4711"} | more
    return api.post("messages/check", body).json()["estimate"]


def ago(seconds):
    with connection.cursor() as cursor:
        cursor.execute("SELECT statement_timestamp() - make_interval(secs => %s)", [seconds])
        return cursor.fetchone()[0]


def chunk(application, size, *, lane=LANE, state="queued", due=0):
    return Chunk.objects.create(
        id=new_id(), application=application, category=lane, mode="send", members=[new_id() for _ in range(size)],
        size=size, state=state, due_at=ago(due),
    )  # fmt: skip


def call(account, size, began, ended, *, lane=LANE, state="answered", left_out=()):
    """A call of so many messages, from and to so many seconds ago."""
    application, now = Application.objects.get(name="shop"), ago(0)
    Attempt.objects.create(
        chunk=chunk(application, size, lane=lane, state="done"), application=application, upstream_account=account,
        environment="sandbox", category=lane, extno="1", state=state, worker="w", lease_until=now,
        prepared_at=now - timedelta(seconds=began), ended_at=now - timedelta(seconds=ended), left_out=list(left_out),
    )  # fmt: skip


@pytest.fixture
def shop(api):
    return Application.objects.get(name="shop")


@pytest.fixture
def ten_a_second(api, upstream):
    call(upstream, 10, began=12, ended=11)


def test_the_rate_counts_only_the_time_in_which_a_call_was_under_way(api, upstream, monkeypatch):
    now = ago(0)
    monkeypatch.setitem(globals(), "ago", lambda seconds: now - timedelta(seconds=seconds))
    call(upstream, 10, began=200, ended=198)
    call(upstream, 20, began=100, ended=97)
    call(upstream, 30, began=99, ended=95)  # overlaps: five seconds, not seven
    call(upstream, 10, began=98, ended=97)  # within it
    assert estimate(api)["messages_per_second"] == 10


def test_other_calls_do_not_count(api, upstream, ten_a_second):
    other = create_upstream_account(
        name="other",
        environment="sandbox",
        base_url="http://127.0.0.1:9/",
        account="b",
        password="p",
        extno="2",
    )
    call(other, 500, began=20, ended=19)
    call(upstream, 500, began=20, ended=19, lane="marketing")
    call(upstream, 500, began=20, ended=19, state="not_sent")
    call(upstream, 500, began=400, ended=399)
    assert estimate(api)["messages_per_second"] == 10


def test_members_left_out_of_a_call_do_not_count(api, upstream):
    call(upstream, 12, began=2, ended=1, left_out=[new_id(), new_id()])
    assert estimate(api)["messages_per_second"] == 10


def test_with_nothing_before_it_it_goes_at_once(api, ten_a_second):
    told = estimate(api)
    assert told["seconds"] == 0.1
    assert (told["reason"], told["due_messages"]) == (None, 0)
    assert abs(datetime.fromisoformat(told["at"]) - datetime.now(UTC)) < timedelta(seconds=5)


def test_what_is_due_goes_first_chunks_and_singles(api, shop, ten_a_second):
    chunk(shop, 49)
    QueuedSingle.objects.create(message_id=new_id(), application=shop, category=LANE, mobile="1", p2p=True)
    told = estimate(api)
    assert (told["due_messages"], told["seconds"]) == (50, 5.1)


def test_what_is_not_due_or_in_another_lane_or_on_the_other_side_does_not_count(api, shop, ten_a_second):
    chunk(shop, 50, due=-60)
    chunk(shop, 50, state="done")
    chunk(shop, 50, lane="otp")
    chunk(create_application("live")[0], 50)
    told = estimate(api)
    assert (told["due_messages"], told["seconds"]) == (0, 0.1)


def test_applications_take_turns(api, shop, ten_a_second):
    chunk(create_application("big", environment="sandbox")[0], 10_000)
    assert estimate(api)["seconds"] == 0.2
    chunk(shop, 99)
    assert estimate(api)["seconds"] == 20
    chunk(shop, 100_000)
    assert estimate(api)["seconds"] == (10_000 + 99 + 100_000 + 1) / 10


def test_for_a_batch_it_is_the_last_one_that_counts(api, ten_a_second):
    body = {"to": [f"138{n:08d}" for n in range(100)], "content": "hi"}
    assert api.post("messages/check", body).json()["estimate"]["seconds"] == 10


def test_what_is_for_later_goes_then(api, upstream):
    later = datetime.now(UTC) + timedelta(hours=1)
    told = estimate(api, send_at=later.isoformat())
    assert datetime.fromisoformat(told["at"]) == later
    assert 3500 < told["seconds"] <= 3600
    assert told["reason"] is None


def test_a_deadline_that_comes_before_its_turn_is_a_hazard(api, shop, ten_a_second):
    def hazards(minutes):
        deadline = datetime.now(UTC) + timedelta(minutes=minutes)
        body = {"to": "13800000001", "content": "hi", "expires_at": deadline.isoformat()}
        return [hazard["code"] for hazard in api.post("messages/check", body).json()["hazards"]]

    chunk(shop, 1200)
    assert hazards(minutes=1) == ["may_expire"]
    assert hazards(minutes=3) == []
