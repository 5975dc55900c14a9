"""What is due and does not leave, unless a hold says why."""

from datetime import timedelta

import pytest
from django.db.models.functions import Now

from accounts.models import Route
from messaging import holding
from messaging.models import Alarm, Attempt, Chunk, Heartbeat, Hold, QueuedSingle
from messaging.services.submission import submit_next
from tests.clock import ahead

pytestmark = pytest.mark.django_db


def minutes_ago(minutes):
    return Now() - timedelta(minutes=minutes)


def hold(upstream, **more):
    holding.place(upstream.pk, holding.Reason(Hold.Cause.UNREACHABLE), probe_after=None, **more)
    return Hold.objects.get(ended_at=None)


@pytest.fixture
def waiting(api, upstream):
    """A single and a batch of two, due eleven minutes ago."""
    api.send()
    api.post("batches", {"to": ["13800000002", "13800000003"], "content": "【Acme】hi"})
    QueuedSingle.objects.update(due_at=minutes_ago(11))
    Chunk.objects.update(due_at=minutes_ago(11))


def test_what_no_worker_takes_sounds_until_it_left(waiting, simulator, submit_all, sounding):
    assert sounding("messages_stuck") == ["shop: notification"]
    assert Alarm.objects.get().detail.startswith("3 messages are due, for up to 11 minutes")
    submit_all()
    assert sounding("messages_stuck") == []


@pytest.mark.parametrize("model", [QueuedSingle, Chunk])
def test_a_single_or_a_chunk_is_enough(waiting, sounding, model):
    model.objects.all().delete()
    assert sounding("messages_stuck") == ["shop: notification"]


def test_what_is_due_lately_is_in_its_turn(waiting, sounding):
    QueuedSingle.objects.update(due_at=minutes_ago(9))
    Chunk.objects.update(due_at=minutes_ago(9))
    assert sounding("messages_stuck") == []


def test_a_long_queue_that_moves_is_not_stuck(waiting, simulator, sounding):
    assert submit_next("notification")
    assert sounding("messages_stuck") == []
    Attempt.objects.update(prepared_at=minutes_ago(11))
    assert sounding("messages_stuck") == ["shop: notification"]


def test_a_hold_explains_it(waiting, upstream, sounding):
    held = hold(upstream)
    assert sounding("messages_stuck") == []
    holding.end(held, by="a person")
    assert sounding("messages_stuck") == ["shop: notification"]


@pytest.mark.parametrize("scope", ["everything", "application"])
def test_a_hold_of_the_caller_explains_it_too(waiting, sounding, scope):
    application = Chunk.objects.get().application if scope == "application" else None
    Hold.objects.create(scope=scope, application=application, cause="person")
    assert sounding("messages_stuck") == []


def test_a_hold_of_something_else_explains_nothing(waiting, upstream, sounding):
    hold(upstream, scope=Hold.Scope.EXTNO, value="9999")
    assert sounding("messages_stuck") == ["shop: notification"]


def test_without_a_route_it_is_looked_at_again_and_again_and_still_stuck(waiting, submit_all, sounding):
    Route.objects.all().delete()
    assert submit_all() == 0
    assert not Chunk.objects.filter(parked=False).exists()
    assert sounding("messages_stuck") == []
    Chunk.objects.update(created_at=minutes_ago(11))
    assert sounding("messages_stuck") == ["shop: notification"]
    assert "route" in Alarm.objects.get().next_step


def test_what_waits_for_its_time_is_not_due(api, upstream, sounding):
    api.post("batches", {"to": ["13800000002"], "content": "【Acme】hi", "send_at": ahead(days=8)})
    Chunk.objects.update(created_at=minutes_ago(60), due_at=Now() + timedelta(hours=1))
    assert sounding("messages_stuck") == []


def test_a_clock_that_nobody_hears_sounds_until_it_is_heard(sounding):
    assert sounding("clock_silent") == []
    Heartbeat.objects.create(name=Heartbeat.CLOCK, at=minutes_ago(2))
    assert sounding("clock_silent") == [""]
    Heartbeat.objects.update(at=Now())
    assert sounding("clock_silent") == []
