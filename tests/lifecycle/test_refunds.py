"""What was charged and then never sent comes back, once."""

from collections.abc import Sequence

import pytest
from django.db import transaction
from django.db.models import Sum

from accounts.ledger import charge, open_purse, top_up
from accounts.models import Application, Posting, Purse
from messaging import feed
from messaging.counting.folding import WITHDRAWN
from messaging.lifecycle import Change, move
from messaging.models import Event, Message, RefundedUpTo
from messaging.recipients import Item, Recipients
from messaging.services import cancelling, intake, refunding
from messaging.services.refunding import refund_never_sent
from messaging.states import EventKind, State
from tests.feed.conftest import elsewhere

pytestmark = pytest.mark.django_db

MONEY = 100_000
LONG = "【Acme】" + "x" * 80  # two parts


@pytest.fixture
def payer(shop: Application) -> Application:
    open_purse(shop, charge_type="PRECHARGE", price_per_part=45)
    top_up(shop.pk, MONEY, reason="bank", posted_by="boss")
    return Application.objects.get(pk=shop.pk)


@pytest.fixture
def accepted(payer: Application) -> list[Message]:
    """Ten messages of two parts each: 900 厘."""
    given = Recipients([f"1380000000{n}" for n in range(10)])
    taken = intake.accept_batch(payer, LONG, given, intake.Options(), skip_invalid=False)
    return list(Message.objects.filter(batch=taken.batch.pk).order_by("pk"))


def become(messages: Sequence[Message], *states: State, detail: str | None = None) -> None:
    for state in states:
        kind = EventKind.ANSWERED if state in (State.SUBMITTED, State.REJECTED) else EventKind.REPORTED
        changes = [Change(m.pk, state, mid="M" if state == State.SUBMITTED else None) for m in messages]
        with transaction.atomic():
            assert move(changes, kind, detail=detail) == len(messages)


def later() -> None:
    feed.number()
    refund_never_sent()


def balance() -> int:
    return Purse.objects.get().balance


@pytest.mark.parametrize("state", [State.REJECTED, State.EXPIRED, State.CANCELLED])
def test_members_that_were_never_sent_are_paid_back(accepted: list[Message], state: State):
    become(accepted[:3], state)
    become(accepted[3:], State.SUBMITTED)
    later()
    assert balance() == MONEY - 7 * 2 * 45
    entry = Posting.objects.filter(kind="refund", side="purse").get()
    event = Event.objects.filter(message_ids__contains=[accepted[0].pk]).latest("serial")
    assert (entry.parts, entry.amount, entry.subject) == (6, 6 * 45, event.pk)
    assert Posting.objects.aggregate(sum=Sum("amount"))["sum"] == 0


@pytest.mark.parametrize(
    "states",
    [
        (),
        (State.SUBMITTED,),
        (State.SUBMITTED, State.DELIVERED),
        (State.SUBMITTED, State.UNDELIVERED),
        (State.UNKNOWN,),
        (State.UNKNOWN, State.UNRESOLVED),
    ],
    ids=lambda states: states[-1] if states else "queued",
)
def test_what_was_or_may_have_been_sent_stays_charged(accepted: list[Message], states: tuple[State, ...]):
    become(accepted, *states)
    later()
    assert balance() == MONEY - 900


def test_a_late_report_after_a_refund_costs_nothing_again(accepted: list[Message]):
    become(accepted, State.REJECTED)
    later()
    become(accepted, State.DELIVERED)
    later()
    assert balance() == MONEY


def test_an_event_that_takes_an_inference_back_repeats_a_state_and_pays_nothing(accepted: list[Message]):
    become(accepted, State.REJECTED, detail=WITHDRAWN)
    later()
    assert balance() == MONEY - 900


def test_a_message_is_paid_back_at_the_price_it_was_charged(payer: Application, accepted: list[Message]):
    Purse.objects.update(price_per_part=1)
    become(accepted, State.REJECTED)
    later()
    assert balance() == MONEY


def test_what_nobody_paid_for_is_not_paid_back(shop: Application):
    one = intake.accept_message(shop, Item("13800000001", LONG, None), intake.Options()).message
    open_purse(shop, price_per_part=45)
    become([one], State.REJECTED)
    later()
    assert balance() == 0


def test_nothing_is_paid_back_twice(accepted: list[Message]):
    become(accepted, State.REJECTED)
    later()
    RefundedUpTo.objects.update(position=0)
    assert not refund_never_sent()
    assert balance() == MONEY
    assert Posting.objects.filter(kind="refund").count() == 2


def test_each_application_gets_its_own_back(payer: Application, accepted: list[Message]):
    other = Application.objects.create(name="other", environment="sandbox")
    open_purse(other, price_per_part=10)
    one = intake.accept_message(other, Item("13800000001", LONG, None), intake.Options()).message
    become(accepted[:1], State.REJECTED)
    become([one], State.REJECTED)
    later()
    assert Purse.objects.get(application=payer).balance == MONEY - 9 * 2 * 45
    assert Purse.objects.get(application=other).balance == 0


def test_the_money_of_a_cancelled_batch_can_be_spent_again(payer: Application, accepted: list[Message]):
    charge(payer.pk, parts=1, price=MONEY - 900, subject=accepted[0].pk)
    assert balance() == 0
    cancelling.cancel_batch(accepted[0].batch_id, payer, "the application")
    later()
    assert balance() == 900
    assert intake.accept_message(payer, Item("13800000001", LONG, None), intake.Options())


def test_a_run_ends_and_the_next_goes_on(monkeypatch: pytest.MonkeyPatch, accepted: list[Message]):
    monkeypatch.setattr(refunding, "SETS_AT_A_TIME", 1)
    monkeypatch.setattr(refunding, "MOST_SECONDS", 0.0)
    feed.number()
    assert not RefundedUpTo.objects.exists()
    assert refund_never_sent()
    monkeypatch.setattr(refunding, "MOST_SECONDS", 60.0)
    become(accepted, State.REJECTED)
    later()
    assert balance() == MONEY


@pytest.mark.django_db(transaction=True)
def test_two_at_once_do_not_wait_for_each_other():
    with transaction.atomic():
        assert refunding._is_our_turn()
        assert elsewhere(refund_never_sent) is False
