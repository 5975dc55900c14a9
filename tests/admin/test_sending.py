"""Sending from the admin: nothing leaves before the button, and nothing leaves twice."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection, connections
from django.test import Client
from django.utils import timezone

from accounts.models import Application
from messaging import drafts
from messaging.models import Batch, Draft, IdempotencyKey, Message
from messaging.services.forgetting import forget_requests
from tests.admin.conftest import World
from tests.admin.sending import SEND, drafted, filled, upload


def test_nothing_is_sent_before_the_button(desk: Client, world: World) -> None:
    draft = drafted(desk, filled(world, numbers="138 0000 0001，13800000002; 12"))
    page = desk.get(draft).content.decode()
    assert "2 good, 1 bad" in " ".join(page.split())
    assert "Send 2 messages" in page
    assert Message.objects.count() == 0


def test_the_button_sends_what_the_page_showed(desk: Client, world: World) -> None:
    draft = drafted(desk, filled(world))
    answer = desk.post(draft)
    batch = Batch.objects.get()
    assert answer["Location"] == f"/admin/messaging/batch/{batch.pk}/change/"
    assert {*Message.objects.values_list("mobile", flat=True)} == {"13800000001", "13800000002"}
    assert (batch.content, batch.accepted, batch.sent_by) == ("【Acme】hi", 2, "boss")
    assert "boss" in desk.get(answer["Location"]).content.decode()


@pytest.mark.parametrize("presses", [2, 3])
def test_the_button_pressed_again_sends_nothing_more(presses: int, desk: Client, world: World) -> None:
    draft = drafted(desk, filled(world))
    places = {desk.post(draft)["Location"] for _press in range(presses)}
    assert len(places) == 1
    assert Message.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_the_button_pressed_at_the_same_moment_sends_once(desk: Client, world: World) -> None:
    draft = drafted(desk, filled(world))

    def press(_press: int) -> str:
        try:
            client = Client()
            client.cookies = desk.cookies
            return str(client.post(draft)["Location"])
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as people:
        places = {*people.map(press, range(4))}
    assert places == {f"/admin/messaging/batch/{Batch.objects.get().pk}/change/"}
    assert Message.objects.count() == 2


def test_one_form_checked_twice_is_sent_once(desk: Client, world: World) -> None:
    form = filled(world)
    first, second = drafted(desk, form), drafted(desk, form)
    assert desk.post(first)["Location"] == desk.post(second)["Location"]
    assert Message.objects.count() == 2


def test_a_form_that_was_sent_does_not_send_something_else(desk: Client, world: World) -> None:
    form = filled(world)
    desk.post(drafted(desk, form))
    draft = drafted(desk, form | {"numbers": "13900000009"})
    page = desk.post(draft, follow=True).content.decode()
    assert "Something else was sent from this form already." in page
    assert Message.objects.count() == 2


def test_what_was_cut_off_in_the_middle_is_finished_and_not_repeated(
    desk: Client, world: World, settings: Any
) -> None:
    settings.MAX_RECIPIENTS = 2
    world.shop.daily_quota = 3
    world.shop.save()
    draft = drafted(desk, filled(world, numbers=" ".join(f"1380000000{n}" for n in range(5))))
    assert "This can't be sent now." in desk.get(draft).content.decode()
    page = desk.post(draft, follow=True).content.decode()
    assert "Only a part was accepted" in page
    assert Message.objects.count() == 2
    Application.objects.update(daily_quota=None)
    assert "Send the rest" in desk.get(draft).content.decode()
    page = desk.post(draft, follow=True).content.decode()
    assert [*Batch.objects.order_by("pk").values_list("accepted", flat=True)] == [2, 2, 1]
    assert page.count("/admin/messaging/batch/") >= 3
    assert Message.objects.values("mobile").distinct().count() == Message.objects.count() == 5


def test_more_than_a_batch_takes_goes_as_several(desk: Client, world: World, settings: Any) -> None:
    settings.MAX_RECIPIENTS = 3
    rows = "".join(f"1380000000{n},【Acme】{n},r{n}\n" for n in range(7)) + "13800000003,【Acme】again,x\n"
    form = filled(world, numbers="", content="", file=upload(f"手机,内容,编号\n{rows}".encode("gbk")))
    draft = drafted(desk, form)
    page = " ".join(desk.get(draft).content.decode().split())
    assert "7 good, 1 bad" in page
    assert "these go as 3 batches" in page
    desk.post(draft)
    found = Message.objects.order_by("mobile").values_list("mobile", "content", "reference")
    assert [*found] == [(f"1380000000{n}", f"【Acme】{n}", f"r{n}") for n in range(7)]
    assert [*Batch.objects.order_by("pk").values_list("accepted", flat=True)] == [3, 3, 1]


def test_the_options_of_the_form_hold_for_the_messages(desk: Client, world: World) -> None:
    tomorrow = timezone.localtime() + timedelta(days=1)
    at = f"{tomorrow:%Y-%m-%dT%H:%M}"
    later = f"{tomorrow + timedelta(hours=1):%Y-%m-%dT%H:%M}"
    desk.post(drafted(desk, filled(world, category="marketing", send_at=at, expires_at=later, extno="10690")))
    message = Message.objects.first()
    assert message is not None
    assert (message.category, message.extno) == ("marketing", "10690")
    assert f"{timezone.localtime(message.send_at):%Y-%m-%dT%H:%M}" == at
    assert f"{timezone.localtime(message.expires_at):%Y-%m-%dT%H:%M}" == later


def test_a_line_break_of_a_browser_is_one_character(desk: Client, world: World) -> None:
    desk.post(drafted(desk, filled(world, content="【Acme】a\r\nb")))
    assert Batch.objects.get().content == "【Acme】a\nb"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"numbers": ""}, "Give either numbers here or a file."),
        ({"file": upload(b"13800000001")}, "Give either numbers here or a file."),
        ({"numbers": "12, 13"}, "None of the rows can be sent."),
        ({"content": " "}, "The text is empty."),
        ({"content": "a\x1bb"}, "Control characters can&#x27;t be sent"),
        ({"extno": "999"}, "This extno is not leased to your application."),
        ({"extno": "a"}, "An extno has 1 to 20 digits."),
        ({"send_at": "2020-01-01T00:00"}, "This time is over."),
        ({"expires_at": "2020-01-01T00:00"}, "It would expire before it is sent."),
        ({"application": ""}, "This field is required."),
    ],
)
def test_what_can_not_be_sent_is_said_in_the_form(
    change: dict[str, Any], said: str, desk: Client, world: World
) -> None:
    answer = desk.post(SEND, filled(world, **change))
    assert answer.status_code == 200
    assert said in answer.content.decode()
    assert Draft.objects.count() == 0


def test_a_signature_that_is_not_filed_is_said_in_the_form(desk: Client, world: World) -> None:
    world.account.signature_check = True
    world.account.save()
    answer = desk.post(SEND, filled(world, content="【Other】hi"))
    assert "【Other】 is not filed with the vendor." in answer.content.decode()


def test_the_page_says_what_holds_it_and_what_it_costs(desk: Client, world: World) -> None:
    world.account.price_per_part = 45
    world.account.save()
    world.held()
    page = desk.get(drafted(desk, filled(world, content="【Acme】" + "字" * 70))).content.decode()
    assert "0.180 CNY" in page  # two numbers, two parts each
    assert "the gateway refuses this account" in page


def test_what_waits_too_long_for_the_button_is_not_sent(desk: Client, world: World) -> None:
    soon = timezone.localtime() + timedelta(minutes=2)
    draft = drafted(desk, filled(world, expires_at=f"{soon:%Y-%m-%dT%H:%M:%S}"))
    Draft.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    page = desk.post(draft, follow=True).content.decode()
    assert "Nothing was sent. It would expire before it is sent." in page
    assert Message.objects.count() == 0


@pytest.fixture
def other(db: None) -> Client:
    """Another superuser's browser."""
    client = Client()
    client.force_login(User.objects.create_superuser("other", password="other"))
    return client


def test_a_draft_is_its_makers_only(desk: Client, other: Client, world: World) -> None:
    draft = drafted(desk, filled(world))
    assert other.get(draft).status_code == other.post(draft).status_code == 404
    assert Message.objects.count() == 0


@pytest.mark.parametrize("path", ["", "count/", "01a20615-0d8b-7146-8e3a-bd0ab292e5f3/"])
def test_whoever_may_not_send_is_refused(path: str, world: World) -> None:
    client = Client()
    client.force_login(User.objects.create_user("clerk", password="clerk", is_staff=True))
    assert client.get(SEND + path).status_code == client.post(SEND + path).status_code == 403
    assert Client().get(SEND + path).status_code == 302


def test_numbers_and_texts_of_a_draft_are_not_readable_in_the_database(desk: Client, world: World) -> None:
    drafted(desk, filled(world))
    with connection.cursor() as cursor:
        cursor.execute("SELECT messaging_draft::text, encode(body, 'escape') FROM messaging_draft")
        row = " ".join(cursor.fetchone())
    assert "13800000001" not in row
    assert "Acme" not in row


def test_what_was_sent_leaves_no_second_copy(desk: Client, world: World) -> None:
    desk.post(drafted(desk, filled(world)))
    draft = Draft.objects.get()
    assert (draft.body, draft.sent_at is None) == (None, False)


@pytest.fixture
def old_draft(desk: Client, world: World) -> str:
    """A draft that is over."""
    path = drafted(desk, filled(world))
    over = timezone.now() - timedelta(seconds=drafts.KEPT_SECONDS + 1)
    Draft.objects.update(created_at=over)
    return path


def test_an_old_draft_is_neither_shown_nor_sent(old_draft: str, desk: Client) -> None:
    assert desk.get(old_draft).status_code == desk.post(old_draft).status_code == 404
    assert Message.objects.count() == 0


def test_old_drafts_are_forgotten(old_draft: str, desk: Client, world: World) -> None:
    drafted(desk, filled(world))
    assert forget_requests() == 1
    assert Draft.objects.count() == 1


def test_a_key_is_kept_longer_than_its_draft(settings: Any) -> None:
    assert drafts.KEPT_SECONDS < settings.IDEMPOTENCY_SECONDS


def test_the_key_of_a_draft_is_no_callers_key(desk: Client, world: World) -> None:
    desk.post(drafted(desk, filled(world)))
    assert IdempotencyKey.objects.get().operation == drafts.OPERATION


def count(desk: Client, form: dict[str, Any]) -> str:
    answer = desk.post(f"{SEND}count/", form)
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def test_the_live_count_is_the_servers_own(desk: Client, world: World) -> None:
    world.account.price_per_part = 45
    world.account.save()
    page = count(desk, filled(world, numbers="", content="【Acme】" + "字" * 65))
    assert 'Parts of one message</dt><dd class="text-important" style="overflow-wrap: anywhere">2<' in page
    assert "0.090 CNY" in page
    page = count(desk, filled(world, content="【Acme】" + "字" * 64))
    assert "0.090 CNY" in page  # one part each, two numbers
    assert Draft.objects.count() == Message.objects.count() == 0


@pytest.mark.parametrize("change", [{"application": ""}, {"content": ""}, {"category": "x"}])
def test_half_a_form_counts_nothing(change: dict[str, Any], desk: Client, world: World) -> None:
    assert "Choose an application" in count(desk, filled(world, **change))


def test_bad_numbers_and_times_do_not_stop_the_count(desk: Client, world: World) -> None:
    page = count(desk, filled(world, numbers="12 13800000001", send_at="soon"))
    assert "1 can&#x27;t be sent. This is not a mainland China mobile number." in page
