"""Every event is counted, once, in its hour, whatever order things happen in."""

from collections import Counter
from datetime import timedelta
from itertools import pairwise

import pytest
from django.core.management import call_command
from django.db import transaction
from django.db.models import F, Sum

from messaging import feed
from messaging.counting import CLASSES, WAITS, count_events, folding, recount
from messaging.lifecycle import tell
from messaging.models import CountedUpTo, Event, HourlyCount, Message
from messaging.states import EventKind, State
from tests.counting.conftest import Traffic, counted, counted_one_by_one
from tests.feed.conftest import elsewhere, not_committed

S, K = State, EventKind


def number_and_count() -> None:
    feed.number()
    count_events()


def steps(traffic: Traffic, other: Traffic):
    """Yield between what happens: every state, and every way to it that changes its mind later."""
    many, few = traffic.batch(40), other.batch(7, "notification")
    yield
    single, second = traffic.single(), traffic.single("notification")
    traffic.submit(many[:30])
    yield
    traffic.submit([single])
    other.submit(few)
    traffic.become(many[30:32], S.REJECTED, K.ANSWERED, "RESULT:17")
    yield
    traffic.become(many[32:36], S.UNKNOWN, K.ANSWERED)
    traffic.become([second], S.EXPIRED, K.EXPIRED)
    traffic.become(many[36:40], S.CANCELLED, K.CANCELLED)
    yield
    traffic.report({S.DELIVERED: [*many[:20], single], S.UNDELIVERED: many[20:24]})
    other.report({S.DELIVERED: few[:5]})
    yield
    traffic.become(many[24:27], S.NO_REPORT, K.GIVEN_UP)
    traffic.become(many[32:33], S.UNRESOLVED, K.GIVEN_UP)
    traffic.become(many[33:34], S.SUBMITTED, K.ANSWERED)
    yield
    late = [*many[20:22], *many[24:26], many[30], many[32], many[34]]  # each was something else before
    traffic.report({S.DELIVERED: late, S.UNDELIVERED: [many[31], many[26]]})
    app, key = traffic.application.pk, many[0].pk
    tell(app, [key], K.REPORTED, S.DELIVERED, chunk_id=many[0].chunk_id, detail=folding.WITHDRAWN)
    tell(app, [many[35].pk], K.RESENT, S.UNKNOWN)
    tell(app, [many[35].pk], K.REQUEUED, S.QUEUED, chunk_id=many[35].chunk_id)
    yield


@pytest.mark.parametrize("often", [True, False])
def test_the_counts_are_those_of_counting_everything(traffic: Traffic, other_traffic: Traffic, often: bool):
    for _step in steps(traffic, other_traffic):
        if often:
            number_and_count()
    number_and_count()
    assert counted() == counted_one_by_one()
    statuses = Counter({row.status: 0 for row in HourlyCount.objects.all()})
    for row in HourlyCount.objects.all():
        statuses[row.status] += row.count
    assert statuses == {
        "accepted": 49, "submitted": 39, "delivered": 33, "undelivered": 6, "rejected": 2, "unknown": 4, "expired": 1,
        "cancelled": 4, "no_report": 3, "unresolved": 1,
    }  # fmt: skip


def test_small_portions_come_to_the_same(
    traffic: Traffic, other_traffic: Traffic, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(folding, "SETS_AT_A_TIME", 1)
    for _step in steps(traffic, other_traffic):
        pass
    number_and_count()
    assert counted() == counted_one_by_one()


def test_counting_again_adds_nothing(traffic: Traffic, other_traffic: Traffic):
    for _step in steps(traffic, other_traffic):
        pass
    number_and_count()
    before = counted()
    number_and_count()
    assert counted() == before


def test_what_is_counted_anew_is_the_same(traffic: Traffic, other_traffic: Traffic):
    for _step in steps(traffic, other_traffic):
        number_and_count()
    before = counted()
    HourlyCount.objects.update(count=F("count") + 5)
    call_command("recount", verbosity=0)
    assert counted() == before


def test_an_event_counts_in_its_own_hour(traffic: Traffic):
    single = traffic.single()
    traffic.submit([single])
    Event.objects.filter(kind=K.ACCEPTED).update(at="2026-11-22T09:59:59.999Z")
    Event.objects.filter(kind=K.ANSWERED).update(at="2026-11-22T10:00:00Z")
    number_and_count()
    hours = dict(HourlyCount.objects.values_list("status", "hour"))
    assert {status: f"{hour:%d %H:%M}" for status, hour in hours.items()} == {
        "accepted": "22 09:00",
        "submitted": "22 10:00",
    }


def test_the_time_to_delivery_is_told_by_class(traffic: Traffic):
    ends = [0.0, *WAITS]
    for since, until in [*pairwise(ends), (WAITS[-1], WAITS[-1] * 2)]:
        single = traffic.single()
        traffic.submit([single])
        traffic.report({S.DELIVERED: [single]})
        submitted = Message.objects.get(pk=single.pk).submitted_at
        assert submitted
        Event.objects.filter(kind=K.REPORTED, message_ids=[single.pk]).update(
            at=submitted + timedelta(seconds=(since + until) / 2)
        )
    number_and_count()
    waits = HourlyCount.objects.filter(status="delivered").values_list("wait").annotate(Sum("count"))
    assert dict(waits) == dict.fromkeys(range(CLASSES), 1)


def test_what_was_never_known_to_be_submitted_has_no_time_to_delivery(traffic: Traffic):
    messages = traffic.batch(2)
    traffic.become(messages, S.UNKNOWN, K.ANSWERED)
    traffic.report({S.DELIVERED: messages[:1], S.UNDELIVERED: messages[1:]})
    number_and_count()
    assert [row.wait for row in HourlyCount.objects.filter(status="delivered")] == [None]
    assert counted().of_submission == {}


def test_a_page_without_any_delivery_leaves_no_row_of_deliveries(traffic: Traffic):
    single = traffic.single()
    traffic.submit([single])
    traffic.report({S.UNDELIVERED: [single]})
    number_and_count()
    assert not HourlyCount.objects.filter(status="delivered").exists()


@pytest.mark.django_db(transaction=True)
def test_what_commits_late_is_counted_and_what_fails_is_counted_once(
    traffic: Traffic, monkeypatch: pytest.MonkeyPatch
):
    with not_committed(traffic.single):
        traffic.single()
        number_and_count()
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        feed.number()
        folding._count_some()
        raise ZeroDivisionError
    number_and_count()
    assert HourlyCount.objects.get(status="accepted").count == 2


@pytest.mark.django_db(transaction=True)
def test_of_two_that_count_one_leaves_it_to_the_other(traffic: Traffic):
    traffic.single()
    feed.number()
    with transaction.atomic():
        assert folding._is_our_turn()
        folding._count_some()
        assert elsewhere(count_events) is False
        assert elsewhere(CountedUpTo.objects.count) == 0
    assert elsewhere(count_events) is False
    assert HourlyCount.objects.get().count == 1


def test_a_run_that_did_not_come_to_the_end_says_so(traffic: Traffic, monkeypatch: pytest.MonkeyPatch):
    traffic.single()
    feed.number()
    monkeypatch.setattr(folding, "MOST_SECONDS", 0.0)
    assert count_events() is True
    monkeypatch.undo()
    assert count_events() is False
    assert recount() == 1
