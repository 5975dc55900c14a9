"""One page of everything that needs a person."""

import uuid
from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.utils import timezone

from accounts.models import ExtnoLease, Route
from accounts.services import create_application, create_upstream_account
from messaging.feed import numbering
from messaging.models import (
    Chunk,
    CodeNote,
    CodeRule,
    DeliveryReport,
    Hold,
    InboundMessage,
    UpstreamPayload,
)
from messaging.states import AttemptState, ChunkState, EventKind, State
from tests.admin.conftest import NASTY, World

PAGE = "/admin/messaging/alarm/stuck/"


def page(client: Client, language: str = "en") -> str:
    answer = client.get(PAGE, headers={"Accept-Language": language})
    assert answer.status_code == 200
    text: str = answer.content.decode()
    return text


def clerk(*permissions: str) -> Client:
    user = User.objects.create_user("clerk", password="clerk", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    client = Client()
    client.force_login(user)
    return client


def nobodys(world: World, text: str, access_code: str = "1069055") -> InboundMessage:
    return InboundMessage.objects.create(
        upstream_account=world.account, payload_id=uuid.uuid4(), mid=f"I {text}", mobile="13800000009",
        access_code=access_code, content=text, time_text="2026-11-22 10:43:00",
    )  # fmt: skip


def orphan(world: World, stat: str, mid: str = "stranger") -> DeliveryReport:
    return DeliveryReport.objects.create(
        upstream_account=world.account, payload_id=uuid.uuid4(), mid=mid, mobile="13800000009", stat=stat,
        time_text="2026-11-22 10:42:00", received_at=timezone.now() - timedelta(hours=1),
    )  # fmt: skip


def test_nothing_stuck_is_said_so(desk: Client, world: World) -> None:
    text = page(desk)
    assert "Nothing needs a person." in text
    assert "Outcome unknown" in text


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_each_kind_of_trouble_has_its_section(desk: Client, world: World, language: str) -> None:
    world.held()
    world.accept_batch("13700000001")
    Chunk.objects.filter(state=ChunkState.QUEUED).update(parked=True)
    lost = world.accept()
    world.called(lost, state=AttemptState.UNKNOWN, reason="read_timeout", code=None)
    world.moved(lost, State.UNKNOWN, EventKind.ANSWERED)
    orphan(world, "NEW:77")
    nobodys(world, f"who? {NASTY}")
    UpstreamPayload.objects.create(upstream_account=world.account, kind="report", state="maybe_lost")
    UpstreamPayload.objects.create(
        upstream_account=world.account, kind="push", state="read", unreadable_items=2
    )
    text = page(desk, language)
    for section in ("holds", "waiting", "unknown", "orphans", "codes", "inbound", "payloads"):
        assert f'<section id="{section}">' in text, section
    assert '<section id="killers">' not in text
    assert NASTY not in text
    assert "NEW:77" in text


def test_unknown_messages_that_were_resolved_are_no_longer_stuck(desk: Client, world: World) -> None:
    lost = world.accept()
    world.called(lost, state=AttemptState.UNKNOWN, reason="read_timeout", code=None)
    world.moved(lost, State.UNKNOWN, EventKind.ANSWERED)
    assert str(lost.pk) in page(desk)
    world.moved(lost, State.DELIVERED, EventKind.REPORTED)
    assert str(lost.pk) not in page(desk)


def test_a_killer_of_workers_is_listed(desk: Client, world: World) -> None:
    world.accept_batch("13700000001")
    Chunk.objects.update(state=ChunkState.HELD)
    assert '<section id="killers">' in page(desk)


def test_a_report_that_may_only_be_early_is_no_orphan_yet(desk: Client, world: World) -> None:
    early = orphan(world, "DELIVRD")
    DeliveryReport.objects.filter(pk=early.pk).update(received_at=timezone.now())
    assert "Nothing needs a person." in page(desk)


def test_staff_see_only_what_they_may(world: World) -> None:
    world.held()
    nobodys(world, "hello")
    text = page(clerk("view_hold"))
    assert '<section id="holds">' in text
    assert '<section id="inbound">' not in text
    assert "Release …" not in text


# --- Codes ------------------------------------------------------------------------------------------------------------


def classify(client: Client, table: str, code: str, **said: object) -> int:
    answer = client.post(f"/admin/messaging/coderule/classify/{table}/?code={code}", said)
    return int(answer.status_code)


def test_an_unknown_code_is_classified_once_and_its_meaning_shown_as_text(
    desk: Client, staff: User, world: World
) -> None:
    orphan(world, "NEW:77")
    assert "not classified: with the most care" in page(desk)
    assert classify(desk, "STAT", "NEW:77", meaning=f"phone off {NASTY}", treat_as="failed") == 302
    rule = CodeRule.objects.get()
    assert (rule.code_table, rule.code, rule.treat_as, rule.author) == ("STAT", "NEW:77", "failed", staff)
    assert CodeNote.objects.get().note == f"phone off {NASTY}"
    text = page(desk)
    assert "not delivered, for certain" in text
    assert "phone off" in text
    assert NASTY not in text


def test_a_message_that_has_the_code_reads_better_and_keeps_its_state(desk: Client, world: World) -> None:
    message = world.submitted()
    world.reported(message, "NEW:78")
    world.moved(message, State.UNDELIVERED, EventKind.REPORTED, code_table="STAT", code="NEW:78")
    path = f"/admin/messaging/message/{message.pk}/change/"
    assert "handset without a card" not in desk.get(path).content.decode()
    classify(desk, "STAT", "NEW:78", meaning="handset without a card", treat_as="delivered")
    assert "handset without a card" in desk.get(path).content.decode()
    message.refresh_from_db()
    assert message.state == State.UNDELIVERED


def test_a_second_classification_replaces_the_first(desk: Client, world: World) -> None:
    for treat_as in ("refused", "throttled"):
        assert classify(desk, "STATUS", "901", meaning="", treat_as=treat_as) == 302
    assert CodeRule.objects.get().treat_as == "throttled"
    assert classify(desk, "STATUS", "901", meaning="", treat_as="refused", account=world.account.pk) == 302
    assert CodeRule.objects.count() == 2


def test_codes_of_the_dictionary_and_choices_of_other_tables_are_refused(desk: Client, world: World) -> None:
    assert classify(desk, "STATUS", "17", meaning="", treat_as="refused") == 404
    assert classify(desk, "NONE", "17", meaning="", treat_as="refused") == 404
    assert classify(desk, "STAT", "NEW:1", meaning="", treat_as="throttled") == 200  # asks again
    assert not CodeRule.objects.exists()


def test_classifying_needs_the_permission(world: World) -> None:
    assert classify(clerk("view_attempt"), "STATUS", "901", meaning="", treat_as="refused") == 403
    assert not CodeRule.objects.exists()


def test_a_deleted_rule_is_no_longer_obeyed(desk: Client, world: World) -> None:
    classify(desk, "STATUS", "901", meaning="", treat_as="refused")
    rule = CodeRule.objects.get()
    desk.post(f"/admin/messaging/coderule/{rule.pk}/delete/", {"post": "yes"})
    assert not CodeRule.objects.exists()


# --- Replies ----------------------------------------------------------------------------------------------------------


def test_one_reply_is_assigned_and_its_application_reads_it_as_new(desk: Client, world: World) -> None:
    world.replied()
    numbering.number()
    last_read = InboundMessage.objects.get(application=world.shop).position
    one, other = nobodys(world, "one"), nobodys(world, "other")
    desk.post(f"/admin/messaging/inboundmessage/{one.pk}/assign/", {"application": world.shop.pk})
    numbering.number()
    one.refresh_from_db()
    other.refresh_from_db()
    assert one.application == world.shop
    assert one.position
    assert last_read
    assert one.position > last_read
    assert other.application is None


def test_what_has_an_owner_is_not_given_to_another(desk: Client, world: World) -> None:
    owned = world.replied()
    second = create_application("second", environment="live")[0]
    desk.post(f"/admin/messaging/inboundmessage/{owned.pk}/assign/", {"application": second.pk})
    owned.refresh_from_db()
    assert owned.application == world.shop


def test_all_of_an_access_number_are_assigned_and_it_is_leased(desk: Client, world: World) -> None:
    mine = [nobodys(world, "one"), nobodys(world, "two")]
    other = nobodys(world, "three", access_code="1069056")
    address = f"/admin/messaging/inboundmessage/assign/{world.account.pk}/1069055/"
    assert address in page(desk)
    desk.post(address, {"application": world.shop.pk, "lease": "on"})
    owners = [InboundMessage.objects.get(pk=row.pk).application for row in (*mine, other)]
    assert owners == [world.shop, world.shop, None]
    lease = ExtnoLease.objects.get()
    assert (lease.extno, lease.application) == ("1069055", world.shop)


def test_live_and_sandbox_do_not_meet_in_replies(desk: Client, world: World) -> None:
    sandbox = create_application("sandbox", environment="sandbox")[0]
    one = nobodys(world, "one")
    address = f"/admin/messaging/inboundmessage/{one.pk}/assign/"
    assert desk.post(address, {"application": sandbox.pk}).status_code == 200  # asks again
    one.refresh_from_db()
    assert one.application is None


# --- Another account --------------------------------------------------------------------------------------------------


def test_a_held_account_gets_a_second_way_behind_it(desk: Client, world: World) -> None:
    hold = world.held()
    backup = create_upstream_account(
        name="backup", environment="live", base_url="http://127.0.0.1:1/sms", account="2", password="x",
        extno="10691",
    )  # fmt: skip
    world.accept_batch("13700000001")
    Chunk.objects.update(parked=True)
    address = f"/admin/messaging/alarm/stuck/holds/{hold.pk}/move/"
    assert address in page(desk)
    assert "1 route was added." in desk.post(address, {"account": backup.pk}, follow=True).content.decode()
    first, second = Route.objects.order_by("rank")
    assert (first.upstream_account, second.upstream_account) == (world.account, backup)
    assert (second.application, second.category, second.rank) == (None, "", first.rank + 1)
    assert not Chunk.objects.get().parked
    assert "0 routes were added." in desk.post(address, {"account": backup.pk}, follow=True).content.decode()


def test_there_is_no_way_into_the_other_environment(desk: Client, world: World) -> None:
    hold = world.held()
    sandbox = create_upstream_account(
        name="box", environment="sandbox", base_url="http://127.0.0.1:1/sms", account="2", password="x",
        extno="10691",
    )  # fmt: skip
    address = f"/admin/messaging/alarm/stuck/holds/{hold.pk}/move/"
    assert address not in page(desk)
    assert desk.post(address, {"account": sandbox.pk}).status_code == 200
    assert Route.objects.count() == 1


def test_a_hold_of_single_messages_has_no_other_way(desk: Client, world: World) -> None:
    hold = world.held()
    create_upstream_account(
        name="backup", environment="live", base_url="http://127.0.0.1:1/sms", account="2", password="x",
        extno="10691",
    )  # fmt: skip
    Hold.objects.filter(pk=hold.pk).update(scope=Hold.Scope.CARRIER, value="mobile")
    assert "/move/" not in page(desk)
