"""Messages that wait: said why, kept, and sent by themselves when the evidence is there."""

import pytest

from accounts.models import Signature
from accounts.services import change_upstream_account
from messaging import holding
from messaging.models import Attempt, Chunk, Hold, Message, QueuedSingle
from messaging.services import expiry, holds, recovery
from messaging.services.submission import claim

pytestmark = pytest.mark.django_db
LONG_AGO = "2020-01-01T00:00:00Z"


def hold(upstream, cause, **more):
    holding.place(upstream.pk, holding.Reason(cause, **more), probe_after=0)
    return Hold.objects.get()


def test_nothing_leaves_under_a_hold_and_everything_after_it(api, upstream, simulator, submit_all):
    held = hold(upstream, Hold.Cause.REFUSED_LOGIN)
    message_id = api.send()
    assert submit_all() == 0
    assert api.message(message_id)["held_because"]["cause"] == "refused_login"
    assert holds.release(held, by="a person")
    assert submit_all() == 1
    assert api.message(message_id)["status"] == "submitted"


def test_a_gateway_that_answers_again_ends_the_hold(upstream, simulator):
    change_upstream_account(upstream, {"base_url": "http://127.0.0.1:9/sms"})
    hold(upstream, Hold.Cause.UNREACHABLE)
    assert holds.probe_due() == 0
    change_upstream_account(upstream, {"base_url": simulator.url})
    Hold.objects.update(next_probe_at=LONG_AGO)
    assert holds.probe_due() == 1


def test_a_login_that_is_still_refused_stays_held(upstream):
    change_upstream_account(upstream, {}, password="wrong")
    hold(upstream, Hold.Cause.REFUSED_LOGIN)
    assert holds.probe_due() == 0
    change_upstream_account(upstream, {}, password="simulator")
    Hold.objects.update(next_probe_at=LONG_AGO)
    assert holds.probe_due() == 1


def test_an_empty_balance_ends_the_hold_when_it_rises(upstream, simulator):
    simulator.add_account({"account": "922011", "charge_type": "PRECHARGE", "balance": 10})
    hold(upstream, Hold.Cause.NO_CREDIT, balance=10)
    assert holds.probe_due() == 0
    simulator.add_account({"account": "922011", "charge_type": "PRECHARGE", "balance": 1000})
    Hold.objects.update(next_probe_at=LONG_AGO)
    assert holds.probe_due() == 1


def test_two_probers_ask_once(upstream):
    hold(upstream, Hold.Cause.UNREACHABLE)
    assert len(holds._take_due()) == 1
    assert holds._take_due() == []


def test_only_one_hold_of_a_kind_is_in_force(upstream):
    assert holding.place(upstream.pk, holding.Reason(Hold.Cause.UNREACHABLE), probe_after=5)
    assert not holding.place(upstream.pk, holding.Reason(Hold.Cause.NO_CREDIT), probe_after=5)


def test_a_prepared_attempt_whose_lease_ended_makes_its_chunk_due_again(api, upstream, simulator, submit_all):
    message_id = api.send()
    assert claim("notification")
    Attempt.objects.update(lease_until=LONG_AGO)
    assert recovery.recover() == 1
    assert recovery.recover() == 0
    assert submit_all() == 1
    assert api.message(message_id)["status"] == "submitted"
    assert len(simulator.ledger()) == 1


def test_an_attempt_in_flight_whose_lease_ended_is_unknown(api, upstream, simulator, submit_all):
    message_id = api.send()
    assert claim("notification")
    Attempt.objects.update(lease_until=LONG_AGO, state="in_flight")
    assert recovery.recover() == 1
    assert submit_all() == 0
    assert api.message(message_id)["status"] == "unknown"
    assert api.message(message_id)["certain"] is False


def test_what_is_past_its_deadline_is_never_sent(api, upstream, simulator, submit_all):
    single = api.send()
    batch = api.post("batches", {"to": ["13800000002"], "content": "hi"}).json()["id"]
    for model in (Message, QueuedSingle, Chunk):
        model.objects.update(expires_at=LONG_AGO)
    assert expiry.expire_due() == 2
    assert submit_all() == 0
    assert api.message(single)["status"] == "expired"
    assert api.get(f"batches/{batch}").json()["counts"] == {"expired": 1}


def test_a_deadline_that_passes_at_the_claim_counts_too(api, upstream, simulator, submit_all):
    message_id = api.send()
    Message.objects.update(expires_at=LONG_AGO)
    assert submit_all() == 0
    assert api.message(message_id)["status"] == "expired"


def test_a_message_for_later_is_not_sent_now(api, upstream, submit_all):
    api.send()
    QueuedSingle.objects.update(due_at="2099-01-01T00:00:00Z")
    assert submit_all() == 0


@pytest.mark.parametrize(
    ("content", "code"),
    [("hi", "signature_missing"), ("【Other】hi", "signature_unknown"), ("【Acme】hi", None)],
)
def test_where_signatures_are_checked_a_text_needs_a_filed_one(api, upstream, content, code):
    change_upstream_account(upstream, {"signature_check": True})
    Signature.objects.create(upstream_account=upstream, text="【Acme】")
    answer = api.post("messages", {"to": "13800000001", "content": content})
    assert answer.status_code == (422 if code else 202)
    assert answer.json()["code"] == code if code else True
