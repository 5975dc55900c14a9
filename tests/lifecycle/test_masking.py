"""The digits of one-time passwords are masked at rest, an hour after the message came to its end."""

from collections.abc import Callable, Sequence
from datetime import timedelta

import pytest
from django.db import transaction
from django.db.models import F

from accounts.models import Application
from messaging import feed
from messaging.lifecycle import Change, move
from messaging.models import Batch, Event, MaskedUpTo, Message
from messaging.recipients import Item, Recipients
from messaging.services import intake, masking, resending
from messaging.services.masking import mask_codes
from messaging.states import EventKind, State
from tests.feed.conftest import elsewhere

pytestmark = pytest.mark.django_db

TEXT, MASKED = "【Acme2】4711 is your code, ４２ min", "【Acme*】**** is your code, ** min"

Become = Callable[..., None]


@pytest.fixture
def accept(shop: Application) -> Callable[..., Message]:
    def run(text: str = TEXT, category: str = "otp") -> Message:
        options = intake.Options(category=category)
        return intake.accept_message(shop, Item("13800000001", text, None), options).message

    return run


@pytest.fixture
def accept_batch(shop: Application) -> Callable[..., list[Message]]:
    def run(size: int = 3, category: str = "otp") -> list[Message]:
        given, options = (
            Recipients([f"1380000000{n}" for n in range(size)]),
            intake.Options(category=category),
        )
        taken = intake.accept_batch(shop, TEXT, given, options, skip_invalid=False)
        return list(Message.objects.filter(batch=taken.batch.pk).order_by("pk"))

    return run


def become(messages: Sequence[Message], *states: State) -> None:
    """Move messages through states; the last one is told by an event of its kind."""
    kinds = {
        State.EXPIRED: EventKind.EXPIRED,
        State.CANCELLED: EventKind.CANCELLED,
        State.NO_REPORT: EventKind.GIVEN_UP,
        State.UNRESOLVED: EventKind.GIVEN_UP,
        State.DELIVERED: EventKind.REPORTED,
        State.UNDELIVERED: EventKind.REPORTED,
    }
    for state in states:
        changes = [Change(m.pk, state, mid="M" if state == State.SUBMITTED else None) for m in messages]
        with transaction.atomic():
            assert move(changes, kinds.get(state, EventKind.ANSWERED)) == len(messages)


def an_hour_later() -> None:
    Event.objects.update(at=F("at") - timedelta(minutes=61))
    feed.number()
    mask_codes()


def text(message: Message) -> str | None:
    return Message.objects.values_list("content", flat=True).get(pk=message.pk)


def shared(message: Message) -> str | None:
    return Batch.objects.values_list("content", flat=True).get(pk=message.batch_id)


WAYS = [
    (State.SUBMITTED, State.DELIVERED),
    (State.SUBMITTED, State.UNDELIVERED),
    (State.SUBMITTED, State.NO_REPORT),
    (State.REJECTED,),
    (State.EXPIRED,),
    (State.CANCELLED,),
    (State.UNKNOWN, State.UNRESOLVED, State.DELIVERED),
]


@pytest.mark.parametrize("states", WAYS, ids=lambda states: states[-1])
def test_digits_are_masked_an_hour_after_the_end(accept: Callable[..., Message], states: tuple[State, ...]):
    message = accept()
    become([message], *states)
    an_hour_later()
    assert text(message) == MASKED


@pytest.mark.parametrize(
    "states",
    [(), (State.SUBMITTED,), (State.UNKNOWN,), (State.UNKNOWN, State.UNRESOLVED)],
    ids=["queued", "submitted", "unknown", "unresolved"],
)
def test_what_may_still_be_sent_or_resent_keeps_its_text(
    accept: Callable[..., Message], accept_batch: Callable[..., list[Message]], states: tuple[State, ...]
):
    message, members = accept(), accept_batch(2)
    become([message], *states)
    become(members, *states)
    an_hour_later()
    assert (text(message), shared(members[0])) == (TEXT, TEXT)


def test_within_the_hour_it_can_be_read_and_nothing_after_it_is_passed_over(accept: Callable[..., Message]):
    """Positions are given in the order of writing, which is not quite that of the times."""
    old, young, old_too = accept(), accept(), accept()
    for message in (old, young, old_too):
        become([message], State.REJECTED)
    feed.number()
    its_end = Event.objects.filter(message_ids__contains=[young.pk], kind=EventKind.ANSWERED)
    Event.objects.exclude(pk__in=its_end.values("pk")).update(at=F("at") - timedelta(minutes=61))
    mask_codes()
    assert [text(m) for m in (old, young, old_too)] == [MASKED, TEXT, TEXT]
    an_hour_later()
    assert [text(m) for m in (old, young, old_too)] == [MASKED, MASKED, MASKED]


@pytest.mark.parametrize("category", ["notification", "marketing"])
def test_texts_of_other_categories_are_left_alone(
    accept: Callable[..., Message], accept_batch: Callable[..., list[Message]], category: str
):
    messages = [accept(category=category), *accept_batch(category=category)]
    become(messages, State.REJECTED)
    an_hour_later()
    assert (text(messages[0]), shared(messages[1])) == (TEXT, TEXT)


def test_a_shared_text_waits_for_the_last_of_its_batch(accept_batch: Callable[..., list[Message]]):
    first, second, third = accept_batch(3)
    become([first], State.SUBMITTED, State.DELIVERED)
    become([second], State.UNKNOWN, State.UNRESOLVED)
    become([third], State.SUBMITTED)
    an_hour_later()
    assert shared(first) == TEXT
    become([third], State.UNDELIVERED)
    an_hour_later()
    assert shared(first) == TEXT
    become([second], State.DELIVERED)
    an_hour_later()
    assert shared(first) == MASKED


def test_members_with_texts_of_their_own_do_not_wait_for_each_other(shop: Application):
    given = Recipients(["13800000001", "13800000002"], contents=["【Acme】1111", "【Acme】2222"])
    intake.accept_batch(shop, None, given, intake.Options(category="otp"), skip_invalid=False)
    first, second = Message.objects.order_by("pk")
    become([first], State.REJECTED)
    an_hour_later()
    assert (text(first), text(second)) == ("【Acme】****", "【Acme】2222")


def test_a_late_report_of_a_masked_message_is_heard(accept: Callable[..., Message]):
    message = accept()
    become([message], State.SUBMITTED, State.NO_REPORT)
    an_hour_later()
    become([message], State.DELIVERED)
    an_hour_later()
    message.refresh_from_db()
    assert (message.state, message.content) == (State.DELIVERED, MASKED)


def test_a_resend_long_after_has_the_text(
    accept: Callable[..., Message], accept_batch: Callable[..., list[Message]]
):
    single, member = accept(), accept_batch(2)[0]
    become([single, member], State.UNKNOWN)
    an_hour_later()
    become([single, member], State.UNRESOLVED)
    an_hour_later()
    for message in (single, member):
        again = resending.resend(message.pk, None, by="staff")
        assert Message.objects.get(pk=again).content == TEXT


def test_small_portions_come_to_the_same(
    accept: Callable[..., Message],
    accept_batch: Callable[..., list[Message]],
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setattr(masking, "SETS_AT_A_TIME", 1)
    messages = [*accept_batch(3), accept(), accept()]
    for message in messages:
        become([message], State.REJECTED)
    an_hour_later()
    assert [shared(messages[0]), text(messages[3]), text(messages[4])] == [MASKED] * 3


def test_a_run_goes_on_where_the_last_stopped(accept: Callable[..., Message]):
    message = accept()
    become([message], State.REJECTED)
    an_hour_later()
    place = MaskedUpTo.objects.get(application=message.application_id).position
    assert place == Event.objects.order_by("-position")[0].position
    Message.objects.update(content=TEXT)
    mask_codes()
    assert text(message) == TEXT  # what was passed is not read again


def test_whose_time_is_up_says_that_there_is_more(
    accept: Callable[..., Message], monkeypatch: pytest.MonkeyPatch
):
    message = accept()
    become([message], State.REJECTED)
    Event.objects.update(at=F("at") - timedelta(hours=2))
    feed.number()
    monkeypatch.setattr(masking, "MOST_SECONDS", 0.0)
    assert mask_codes()
    monkeypatch.setattr(masking, "MOST_SECONDS", 60.0)
    assert not mask_codes()
    assert text(message) == MASKED


@pytest.mark.django_db(transaction=True)
def test_of_two_at_once_the_second_leaves_it_to_the_first(accept: Callable[..., Message]):
    message = accept()
    become([message], State.REJECTED)
    Event.objects.update(at=F("at") - timedelta(hours=2))
    feed.number()
    with transaction.atomic():
        assert masking._is_our_turn()
        assert elsewhere(mask_codes) is False
        assert text(message) == TEXT
    mask_codes()
    assert text(message) == MASKED
