"""The clerk on the phone: one page of all that was sent to a number and came from it."""

import uuid
from datetime import UTC, date, datetime, timedelta

import pytest
from django.contrib.auth.models import Group, User
from django.test import Client
from django.utils import timezone

from messaging import digits
from messaging.ids import first_id
from messaging.models import InboundMessage, Message
from messaging.states import EventKind, State
from tests.admin.conftest import NASTY, World
from tests.admin.test_message_decisions import clerk
from tests.roles import make_roles

PAGE = "/admin/messaging/message/number/"


def page(client: Client, language: str = "en", **query: object) -> str:
    answer = client.get(PAGE, query, headers={"Accept-Language": language}, follow=True)
    assert answer.status_code == 200
    text: str = answer.content.decode()
    return text


def said(text: str) -> str:
    return text.partition('id="said"')[2].partition("</ol>")[0]


def sent_at(world: World, moment: datetime, to: str) -> Message:
    """A message whose id was made at a moment, as its place in the table says."""
    message = world.accept(to=to)
    key = uuid.UUID(int=first_id(moment).int + message.pk.int % 1000)
    Message.objects.filter(pk=message.pk).update(id=key, created_at=moment, state=State.CANCELLED)
    return Message.objects.get(pk=key)


@pytest.mark.parametrize(
    "written",
    [
        "13800000001",
        "+86 138 0000 0001",
        "0086-138-0000-0001",
        "138.0000.0001",
        "１３８００００００01",
        "(86)138–0000–0001",
    ],
)
def test_a_number_in_any_form_is_found(written: str, desk: Client, world: World) -> None:
    world.accept()
    assert "nothing keeps it back" in said(page(desk, q=written))


def test_sent_and_received_stand_in_one_list_newest_first(desk: Client, world: World) -> None:
    delivered = world.submitted()
    world.reported(delivered, "DELIVRD")
    world.moved(delivered, State.DELIVERED, EventKind.REPORTED)
    world.replied()
    world.accept(content="【Acme】the newest")
    world.accept(to="13900000002", content="【Acme】to somebody else")
    found = said(page(desk, q="13800000001"))
    places = [found.index(words) for words in ("the newest", "The recipient wrote to us at", "Delivered at")]
    assert places == sorted(places)
    assert "somebody else" not in found
    assert NASTY not in found


def test_a_sentence_is_read_out_in_the_readers_language(desk: Client, world: World) -> None:
    message = world.accept()
    world.called(message)
    world.moved(message, State.REJECTED, EventKind.ANSWERED, code_table="RESULT", code="17")
    world.replied()
    assert "Put a filed signature" in said(page(desk, q="13800000001"))
    chinese = said(page(desk, "zh-hans", q="13800000001"))
    assert "被网关拒绝：账号签名无效" in chinese
    assert "对方于" in chinese


def test_what_waits_says_what_keeps_it(desk: Client, world: World) -> None:
    world.accept()
    world.held()
    assert "the gateway refuses this account" in said(page(desk, q="13800000001"))


def test_a_long_list_goes_on(desk: Client, world: World) -> None:
    ids = [world.accept(content=f"【Acme】number {place:03}").pk for place in range(51)]
    first = page(desk, q="13800000001")
    assert "number 050" in first
    assert "number 000" not in first
    link = f"of={ids[1]}&amp;before={ids[1]}"
    assert link in first
    second = page(desk, of=ids[1], before=ids[1])
    assert "number 000" in said(second)
    assert "number 001" not in said(second)


def test_last_digits_and_a_day_lead_to_the_number(desk: Client, world: World) -> None:
    yesterday = timezone.now() - timedelta(days=1)
    message = sent_at(world, yesterday, "13800004711")
    sent_at(world, yesterday, "13800004712")
    day = timezone.localdate(yesterday).isoformat()
    found = desk.get(PAGE, {"q": "4711", "day": day})
    assert found.status_code == 302
    assert found["Location"] == f"{PAGE}?of={message.pk}"
    assert "13800004711" in page(desk, q="4711", day=day)
    assert "No number with these last digits" in page(desk, q="4711")


def test_several_that_end_so_are_offered_to_choose_from(desk: Client, world: World) -> None:
    for to in ("13800004711", "13900004711", "13900004711"):
        world.accept(to=to)
    text = page(desk, q="4711")
    assert "Which of them?" in text
    assert "13800004711</a> · 1 message that day" in text
    assert "13900004711</a> · 2 messages that day" in text
    assert "nothing keeps it back" not in text


def test_who_only_wrote_is_found_too(desk: Client, world: World) -> None:
    inbound = world.replied()
    InboundMessage.objects.filter(pk=inbound.pk).update(mobile="13800004711")
    assert "The recipient wrote to us" in page(desk, q="4711")


def test_the_day_is_that_of_the_staffs_time_zone(desk: Client, world: World) -> None:
    just_after_midnight_there = datetime(2026, 11, 21, 16, 30, tzinfo=UTC)
    sent_at(world, just_after_midnight_there, "13800004711")
    assert "13800004711" in page(desk, q="4711", day="2026-11-22")
    assert "No number with these last digits" in page(desk, q="4711", day="2026-11-21")


def test_a_busy_day_is_read_in_parts_and_says_so(
    desk: Client, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    early = datetime(2026, 11, 21, 17, 30, tzinfo=UTC)  # 01:30 of the 22nd
    sent_at(world, early, "13800004711")
    monkeypatch.setattr(digits, "MOST_SECONDS", 0)
    found = digits.numbers_ending_in("4711", date(2026, 11, 22))
    assert (found.found, found.since) == ([], datetime(2026, 11, 22, 16, tzinfo=UTC))
    monkeypatch.setattr(digits, "MOST_SECONDS", 60)
    half = digits.numbers_ending_in("4711", date(2026, 11, 22), until=early - timedelta(hours=1))
    assert (half.found, half.since) == ([], None)
    monkeypatch.setattr(digits, "MOST_FOUND", 1)
    rest = digits.numbers_ending_in("4711", date(2026, 11, 22))
    assert [candidate.mobile for candidate in rest.found] == ["13800004711"]
    assert rest.since == datetime(2026, 11, 21, 17, tzinfo=UTC)
    text = page(desk, q="4711", day="2026-11-22")
    assert "looked through back to 01:00" in text
    assert "until=2026-11-22T01%3A00%3A00%2B08%3A00" in text


@pytest.mark.parametrize(
    "query", [{"q": "abc"}, {"q": "123"}, {"q": "12345678901234"}, {"q": "4711", "day": "2026-13-99"},
              {"q": "4711", "until": "2026-99-99T00:00"}, {"of": "no id"}, {"before": "x", "q": "13800000001"}],
)  # fmt: skip
def test_nonsense_is_answered_kindly(query: dict[str, str], desk: Client, world: World) -> None:
    assert page(desk, **query)


def test_too_few_digits_are_complained_of(desk: Client, world: World) -> None:
    assert 'id="complaint"' in page(desk, q="123")


def test_a_number_nobody_wrote_to_says_so(desk: Client, world: World) -> None:
    assert "Nothing was sent to this number" in page(desk, q="13800000009")


def test_it_is_found_in_the_sidebar_and_on_the_first_page(desk: Client, world: World) -> None:
    first = desk.get("/admin/").content.decode()
    assert 'id="find-number"' in first
    assert f'href="{PAGE}"' in first


def test_only_who_may_view_messages_may_look(world: World) -> None:
    client = clerk(["view_hold"])
    assert client.get(PAGE).status_code == 403
    assert PAGE not in client.get("/admin/").content.decode()


@pytest.fixture
def viewer(db: None) -> Client:
    """Somebody of the group that the migration made, who sees numbers and texts masked."""
    user = User.objects.create_user("viewer", password="viewer", is_staff=True)
    make_roles()
    user.groups.add(Group.objects.get(name="viewer"))
    client = Client()
    client.force_login(user)
    return client


@pytest.mark.fault("F12")
def test_a_viewer_finds_by_four_digits_and_a_day_and_reads_no_number(viewer: Client, world: World) -> None:
    for to in ("13800004711", "13900004711"):
        world.accept(to=to, content="【Acme】secret")
    text = page(viewer, q="4711")
    assert "138****4711</a> · 1 message that day" in text
    assert "139****4711" in text
    Message.objects.filter(mobile="13900004711").delete()
    text = page(viewer, q="4711", day=timezone.localdate().isoformat())
    assert "【Acme】*** (12)" in said(text)
    assert "13800004711" not in text
    assert "secret" not in text


@pytest.mark.fault("F12")
def test_a_viewer_can_not_try_out_the_digits_that_are_masked(
    viewer: Client, desk: Client, world: World
) -> None:
    world.accept(to="13800004711")
    for more in ("04711", "004711", "3800004711"):
        assert "exactly its last 4 digits" in page(viewer, q=more)
        assert "138****4711" not in page(viewer, q=more)
        assert "13800004711" in page(desk, q=more)
    assert "最后 4 位" in page(viewer, "zh-hans", q="04711")


def test_a_viewer_who_was_told_the_whole_number_finds_it(viewer: Client, world: World) -> None:
    world.accept(content="【Acme】secret")
    text = page(viewer, q="+86 138-0000-0001")
    assert "138****0001" in text
    assert "【Acme】*** (12)" in said(text)
    assert "secret" not in text


@pytest.mark.parametrize("role", ["viewer", "operator"])
@pytest.mark.parametrize(
    ("language", "next_step", "who"),
    [
        ("en", "Put a filed signature", "whoever writes the text"),
        ("zh-hans", "带上已报备的签名", "短信内容编写者"),
    ],
)
def test_a_rejected_message_is_explained_two_clicks_from_its_number(
    role: str, language: str, next_step: str, who: str, viewer: Client, world: World
) -> None:
    """What a person does who has never seen it: type the number on the first page, then open the message."""
    User.objects.get(username="viewer").groups.set([Group.objects.get(name=role)])
    message = world.accept()
    world.called(message)
    world.moved(message, State.REJECTED, EventKind.ANSWERED, code_table="RESULT", code="17")
    asked = {"Accept-Language": language}
    first = viewer.get("/admin/", headers=asked).content.decode()
    form = first.partition('id="find-number"')[0].rpartition("<form")[2]
    action = form.partition('action="')[2].partition('"')[0]
    found = said(viewer.get(action, {"q": "138 0000 0001"}, headers=asked).content.decode())
    assert next_step in found
    address = found.partition('href="')[2].partition('"')[0]
    assert address == f"/admin/messaging/message/{message.pk}/change/"
    opened = viewer.get(address, headers=asked).content.decode()
    assert next_step in opened
    assert who in opened
