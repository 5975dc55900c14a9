"""One number and text are shown to whoever gives a reason, and may; that it was done is kept."""

import pytest
from django.test import Client
from django.urls import reverse

from messaging.admin.links import page_of
from messaging.models import Disclosure, InboundMessage, Message
from tests.admin.conftest import World
from tests.admin.looking import browser_of

pytestmark = [pytest.mark.django_db, pytest.mark.fault("F12")]

NUMBER, SECRET = "13800000001", "Wednesday"
WHY = "the customer asked, ticket 42"
SUBJECTS = {"unmask_message": Message, "unmask_inbound": InboundMessage}


@pytest.fixture
def clerk(db: None) -> Client:
    return browser_of("clerk", "unmask_message")


@pytest.fixture(params=SUBJECTS)
def asked(request: pytest.FixtureRequest, world: World) -> tuple[str, str]:
    """The form's address and the row's page."""
    message, reply = world.accept(to=NUMBER, content=f"【Acme】{SECRET}"), world.replied()
    InboundMessage.objects.update(content=f"on {SECRET}")
    row = message if request.param == "unmask_message" else reply
    return reverse(f"admin:{request.param}", args=[row.pk]), page_of(type(row), row.pk)


def test_a_reason_shows_number_and_text_this_once(asked: tuple[str, str], clerk: Client) -> None:
    form, page = asked
    shown = clerk.post(form, {"reason": WHY})
    assert NUMBER in shown.content.decode()
    assert SECRET in shown.content.decode()
    assert "no-store" in shown.headers["Cache-Control"]
    for later in (clerk.get(form), clerk.get(page)):
        assert NUMBER not in later.content.decode()
        assert SECRET not in later.content.decode()


def test_who_why_when_and_from_where_is_kept(asked: tuple[str, str], clerk: Client) -> None:
    form, page = asked
    clerk.post(form, {"reason": WHY}, REMOTE_ADDR="192.0.2.7", headers={"X-Request-ID": "call-1"})
    [kept] = Disclosure.objects.all()
    assert (kept.kind, kept.actor, kept.reason) == ("unmasked", "clerk", WHY)
    assert (kept.address, kept.request_id, kept.masked) == ("192.0.2.7", "call-1", False)
    assert str(kept.row_id) in page
    assert kept.subject in page
    assert kept.at


@pytest.mark.parametrize("reason", ["", "    ", "ok", "x" * 301])
def test_without_a_reason_nothing_is_shown_and_nothing_kept(
    reason: str, asked: tuple[str, str], clerk: Client
) -> None:
    answer = clerk.post(asked[0], {"reason": reason})
    assert NUMBER not in answer.content.decode()
    assert SECRET not in answer.content.decode()
    assert answer.context["form"].errors["reason"]
    assert not Disclosure.objects.exists()


def test_without_the_permission_it_is_refused(asked: tuple[str, str]) -> None:
    looker = browser_of("looker")
    assert looker.get(asked[0]).status_code == 403
    assert looker.post(asked[0], {"reason": WHY}).status_code == 403
    assert asked[0] not in looker.get(asked[1]).content.decode()
    assert not Disclosure.objects.exists()


def test_the_button_is_for_those_who_see_it_masked(asked: tuple[str, str], clerk: Client) -> None:
    assert asked[0] in clerk.get(asked[1]).content.decode()
    sees_all = browser_of("boss", "unmask_message", "view_personal_data")
    assert asked[0] not in sees_all.get(asked[1]).content.decode()


def test_the_text_that_a_batch_shares_is_shown(world: World, clerk: Client) -> None:
    world.accept_batch("13700000001")
    shown = clerk.post(reverse("admin:unmask_message", args=[Message.objects.get().pk]), {"reason": WHY})
    assert "【Acme】hi" in shown.content.decode()
