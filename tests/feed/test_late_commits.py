"""What commits late appears late, and is never passed over."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, transaction

from accounts.services import create_upstream_account
from messaging import feed
from messaging.feed import numbering
from messaging.models import Event, InboundMessage, new_id
from tests.feed.conftest import elsewhere, not_committed
from tests.simulator.process import eventually

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def reply(shop):
    """Write an inbound message, to the application or to nobody."""
    account = create_upstream_account(
        name="a",
        environment="sandbox",
        base_url="http://127.0.0.1:9",
        account="a",
        password="p",
        extno="10690",
    )

    def write(content, application=shop):
        InboundMessage.objects.create(
            upstream_account=account, application=application, payload_id=new_id(), mid=content,
            mobile="13800000001", access_code="10690", content=content, time_text="",
        )  # fmt: skip

    return write


def details(page):
    ids = [row["id"].partition(".")[0] for row in page["results"]]
    return [Event.objects.get(pk=pk).detail for pk in ids]


def contents(page):
    return [row["content"] for row in page["results"]]


def test_an_event_of_an_open_transaction_comes_behind_what_was_read_meanwhile(api, happen):
    with not_committed(lambda: happen("early")):
        happen("late")
        first = api.get("events").json()
    second = api.get(f"events?after={first['next']}").json()
    assert (details(first), details(second)) == (["late"], ["early"])
    assert Event.objects.get(detail="early").serial < Event.objects.get(detail="late").serial


def test_a_reply_of_an_open_transaction_comes_behind_what_was_read_meanwhile(api, reply):
    with not_committed(lambda: reply("early")):
        reply("late")
        first = api.get("inbound").json()
    second = api.get(f"inbound?after={first['next']}").json()
    assert (contents(first), contents(second)) == (["late"], ["early"])


def test_a_reply_that_staff_assign_comes_behind_what_was_read(api, shop, reply):
    reply("nobody's", application=None)
    reply("ours")
    first = api.get("inbound").json()
    InboundMessage.objects.filter(content="nobody's").update(application=shop)
    second = api.get(f"inbound?after={first['next']}").json()
    assert (contents(first), contents(second)) == (["ours"], ["nobody's"])


def test_a_numberer_sees_what_was_committed_while_it_waited_for_its_turn(happen):
    happen("first")
    with ThreadPoolExecutor(1) as other:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(numbering.TAKE_TURN, {"patience": "5s", "turn": numbering.TURN})
            cursor.execute(numbering.NUMBER_EVENTS, {"most": 10})
            waiting = other.submit(elsewhere, feed.number)
            eventually(somebody_waits_for_a_turn)
            elsewhere(lambda: happen("second"))
        waiting.result(30)
    positions = dict(Event.objects.values_list("detail", "position"))
    assert positions["first"] < positions["second"]


def somebody_waits_for_a_turn():
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")
        return cursor.fetchone()[0]


def take_turn():
    with connection.cursor() as cursor:
        cursor.execute(numbering.TAKE_TURN, {"patience": "5s", "turn": numbering.TURN})


def test_a_numberer_that_is_frozen_keeps_nobody_from_reading(api, happen, monkeypatch):
    monkeypatch.setattr(numbering, "PATIENCE", "50ms")
    happen("one")
    feed.number()
    happen("two")
    with not_committed(take_turn):
        first = api.get("events").json()
    second = api.get(f"events?after={first['next']}").json()
    assert (details(first), details(second)) == (["one"], ["two"])


def test_a_long_backlog_is_numbered_in_the_order_of_writing(happen, reply, monkeypatch):
    monkeypatch.setattr(numbering, "AT_A_TIME", 2)
    for name in "01234":
        happen(name)
        reply(name)
    feed.number()
    events = Event.objects.exclude(position=None).order_by("position")
    replies = InboundMessage.objects.exclude(position=None).order_by("position")
    assert list(events.values_list("detail", flat=True)) == list("01234")
    assert list(replies.values_list("content", flat=True)) == list("01234")


def test_a_position_stays(happen):
    happen("one")
    feed.number()
    before = Event.objects.get().position
    happen("two")
    feed.number()
    assert Event.objects.get(detail="one").position == before


def test_what_is_left_over_after_the_time_is_numbered_by_the_next(happen, monkeypatch):
    monkeypatch.setattr(numbering, "AT_A_TIME", 2)
    monkeypatch.setattr(numbering, "MOST_SECONDS", -1.0)
    for name in "0123":
        happen(name)
    feed.number()
    assert Event.objects.filter(position=None).count() == 2
    feed.number()
    assert not Event.objects.filter(position=None).exists()
