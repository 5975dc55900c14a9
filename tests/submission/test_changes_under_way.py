"""Clocks that are wrong, deadlines that pass under a hold, accounts that change while a call is under way."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from accounts.services import change_upstream_account
from messaging import holding
from messaging.models import Attempt, Chunk, Hold, Message
from messaging.services import expiry, recovery
from messaging.services.submission import calling, claim

pytestmark = pytest.mark.django_db


@pytest.mark.fault("D20")
@pytest.mark.parametrize("hours", [-1, 1])
def test_a_workers_wrong_clock_has_no_effect_on_leases(api, upstream, simulator, hours):
    message_id = api.send()
    with time_machine.travel(datetime.now(UTC) + timedelta(hours=hours)):
        claimed = claim("notification")
        assert recovery.recover() == 0
        assert calling.call(claimed) == "answered"
    attempt = Attempt.objects.get()
    assert abs((attempt.lease_until - attempt.prepared_at).total_seconds() - 24) < 5
    assert abs((attempt.called_at - attempt.prepared_at).total_seconds()) < 5
    assert api.message(message_id)["status"] == "submitted"


@pytest.mark.fault("E31")
def test_a_deadline_that_passes_under_a_hold_expires_what_was_provably_not_sent(
    api, upstream, simulator, submit_all
):
    holding.place(upstream.pk, holding.Reason(Hold.Cause.NO_CREDIT), probe_after=None)
    deadline = datetime.now(UTC) + timedelta(hours=1)
    message_id = api.send(expires_at=deadline.isoformat())
    assert submit_all() == 0
    assert expiry.expire_due() == 0
    Chunk.objects.update(expires_at="2020-01-01T00:00:00Z")
    Message.objects.update(expires_at="2020-01-01T00:00:00Z")
    assert expiry.expire_due() == 1
    assert api.message(message_id)["status"] == "expired"
    assert simulator.ledger() == []


@pytest.mark.fault("E33")
def test_a_call_under_way_finishes_with_the_password_it_began_with(
    api, upstream, simulator, submit_all, monkeypatch
):
    submit = calling._submit

    def rotate_first(client, claimed):
        change_upstream_account(upstream, {}, password="rotated")
        return submit(client, claimed)

    monkeypatch.setattr(calling, "_submit", rotate_first)
    first = api.send("13800000001")
    submit_all()
    monkeypatch.setattr(calling, "_submit", submit)
    assert api.message(first)["status"] == "submitted"
    simulator.add_account({"account": "922011", "password": "rotated"})
    second = api.send("13800000002")
    submit_all()
    assert api.message(second)["status"] == "submitted"


@pytest.mark.fault("E33")
def test_a_disabled_account_takes_nothing_new(api, upstream, simulator, submit_all):
    claimed_message = api.send("13800000001")
    claimed = claim("notification")
    change_upstream_account(upstream, {"is_active": False})
    assert calling.call(claimed) == "answered"
    waiting = api.send("13800000002")
    assert submit_all() == 0
    assert api.message(claimed_message)["status"] == "submitted"
    assert api.message(waiting)["held_because"]["cause"] == "no_route"
