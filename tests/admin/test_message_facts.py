"""Beside the timeline: what kept a message, what it costs, and the note to the vendor."""

from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import UpstreamAccount
from messaging import holding
from messaging.models import Hold, Message
from messaging.services import holds
from messaging.states import EventKind, State
from tests.admin.conftest import World
from tests.admin.test_message_page import page_of

PRICE = 45  # 厘


@pytest.fixture
def priced(world: World) -> World:
    UpstreamAccount.objects.update(price_per_part=PRICE)
    return world


def summary(page: str) -> str:
    return page.partition('id="summary"')[2].partition("</dl>")[0]


def test_parts_times_price_is_told_in_yuan(desk: Client, priced: World) -> None:
    message = priced.submitted(content="【Acme】" + "长" * 100)
    assert "2 parts × 0.045 = 0.090 CNY<" in summary(page_of(desk, message))
    assert "2 条计费 × 0.045 = 0.090 元<" in summary(page_of(desk, message, "zh-hans"))


def test_what_waits_costs_once_it_is_sent(desk: Client, priced: World) -> None:
    assert "1 part × 0.045 = 0.045 CNY, when it is sent" in summary(
        page_of(desk, priced.accept(content="【Acme】hi"))
    )


def test_what_was_refused_costs_nothing(desk: Client, priced: World) -> None:
    message = priced.accept(content="【Acme】hi")
    priced.called(message)
    priced.moved(message, State.REJECTED, EventKind.ANSWERED, code_table="RESULT", code="17")
    assert "nothing to pay" in summary(page_of(desk, message))


def test_without_a_price_only_the_parts_are_told(desk: Client, world: World) -> None:
    page = summary(page_of(desk, world.accept(content="【Acme】hi")))
    assert "1 part<" in page


def timeline(page: str) -> str:
    return page.partition('id="timeline"')[2].partition("</ol>")[0]


def test_a_hold_that_has_ended_stands_in_the_timeline(desk: Client, world: World) -> None:
    message = world.accept()
    hold = world.held()
    assert holds.release(hold, by="boss")
    world.called(message)
    found = timeline(page_of(desk, message))
    assert "Held: the gateway refuses this account" in found
    assert "boss" in found
    assert found.index("Held:") < found.index("Upstream call")


def test_holds_that_did_not_concern_it_do_not(desk: Client, world: World) -> None:
    hold = world.held()
    assert holds.release(hold, by="boss")  # before it was accepted
    message = world.accept()
    other_extno = holding.Reason(Hold.Cause.WRONG_EXTNO)
    assert holding.place(
        world.account.pk, other_extno, probe_after=60, scope=Hold.Scope.EXTNO, value="10690999"
    )
    holds.release(Hold.objects.get(ended_at=None), by="boss")
    world.called(message)
    later = world.held()  # after it was sent
    Hold.objects.filter(pk=later.pk).update(since=timezone.now() + timedelta(seconds=5))
    assert holds.release(later, by="boss")
    assert "Held:" not in timeline(page_of(desk, message))


def test_the_note_names_what_the_vendor_looks_for_in_both_languages(desk: Client, world: World) -> None:
    message = world.submitted()
    world.reported(message, "MA:0029")
    world.moved(message, State.UNDELIVERED, EventKind.REPORTED, code_table="STAT", code="MA:0029")
    page = page_of(desk, message)
    for part in (
        "Account: 880001, access number 10690", "账号：880001，接入号：10690", "mid: M1", "mid：M1", "STAT MA:0029",
        "Number: 13800000001", "time in it 2026-11-22 10:42:00", "请告知未送达的原因",
    ):  # fmt: skip
        assert part in page, part
    assert "messaging/copy.js" in page


def test_the_note_tells_times_as_the_vendor_reads_them(desk: Client, world: World) -> None:
    message = world.accept()
    world.called(message, called_at=datetime(2026, 11, 22, 2, 42, tzinfo=UTC))
    with timezone.override("UTC"):
        assert "Submitted: 2026-11-22 10:42:00 (China time)" in page_of(desk, message)


def test_a_lost_answer_is_asked_after(desk: Client, world: World) -> None:
    message = world.accept()
    world.called(message, state="unknown", code=None, reason="read_timeout", raw=None)
    Message.objects.filter(pk=message.pk).update(state=State.UNKNOWN)
    page = page_of(desk, message)
    assert "What happened to the call: no whole answer in time" in page
    assert "Please tell us whether you took it" in page


def test_what_no_call_has_carried_has_no_note(desk: Client, world: World) -> None:
    assert 'id="notes"' not in page_of(desk, world.accept())
