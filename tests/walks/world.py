"""A morning at the office: a message of each kind of luck, a batch half gone, an account that runs dry."""

import uuid
from dataclasses import dataclass
from datetime import timedelta

from django.contrib.auth.models import Group, Permission, User
from django.test import Client, override_settings
from django.utils import timezone

from accounts.models import BalanceReading, ExtnoLease, Signature, UpstreamAccount
from accounts.services import create_application, create_upstream_account, record_balance
from messaging.counting.folding import count_events
from messaging.feed import numbering
from messaging.models import (
    Alarm,
    Chunk,
    CodeNote,
    CodeRule,
    DeliveryReport,
    Disclosure,
    ExtraMid,
    Heartbeat,
    InboundMessage,
    JobLease,
    Message,
    UpstreamPayload,
)
from messaging.states import AttemptState, ChunkState, EventKind, State
from tests.admin.conftest import World, books
from tests.admin.given import given
from tests.admin.sending import drafted, filled
from tests.roles import make_roles
from tests.walks.addresses import every_address

DELIVERED, REJECTED, UNDELIVERED, LOST, KEPT = (
    f"1380000{last:04d}" for last in (1001, 1017, 1077, 1003, 1004)
)
CLERK, VIEWER, AUDITOR = "boss", "viewer", "security"  # the two others are called as their roles
PASSWORD = "a long pass phrase"


@dataclass(frozen=True)
class Morning:
    """Addresses, under `/admin/`, of what a walk begins at."""

    delivered: str
    lost: str
    kept: str
    batch: str
    account: str
    every_page: tuple[str, ...]


def fill() -> Morning:
    """Write the morning into an empty database, by the services where they need no network."""
    make_roles()
    clerk = User.objects.create_superuser(CLERK, password=PASSWORD)
    world = World(create_application("shop", environment="live")[0], _accounts())
    delivered, lost = _lucky(world), _unlucky(world)
    batch = _half_sent(world)
    _nobodys(world)
    world.held()
    kept = world.accept(to=KEPT, content="【Acme】4711", reference="order-4")
    Alarm.objects.create(
        name="no_reports",
        subject="main",
        detail="No delivery report came for 30 minutes, while 4 messages of the newest calls wait for one.",
        next_step="See whether another system uses this account: reports go to whoever asks first. Each needs its own.",
    )
    _machinery(world, delivered)
    _drafts(world, clerk)
    _audited(world, delivered)
    books(world)  # last, so that nothing above is charged
    _count()
    return Morning(
        delivered=f"messaging/message/{delivered.pk}/change/",
        lost=f"messaging/message/{lost.pk}/change/",
        kept=f"messaging/message/{kept.pk}/change/",
        batch=f"messaging/batch/{batch}/change/",
        account=f"accounts/upstreamaccount/{world.account.pk}/change/",
        every_page=every_address(),
    )


def _accounts() -> UpstreamAccount:
    main, postpaid = (
        create_upstream_account(
            name=name, environment="live", base_url="http://127.0.0.1:1/sms", account=f"88000{rank}",
            password="top-secret", extno="10690", default=rank == 1, max_numbers=4,
        )
        for rank, name in enumerate(("main", "postpaid"), start=1)
    )  # fmt: skip
    main.price_per_part = 50  # 厘
    main.save(update_fields=["price_per_part"])
    record_balance(postpaid.pk, -153278040, "POSTCHARGE")
    for hours, balance in ((3, 1_300_000), (2, 1_200_000), (1, 1_100_000)):
        read_at = timezone.now() - timedelta(hours=hours)
        BalanceReading.objects.create(upstream_account=main, balance=balance, read_at=read_at)
    record_balance(main.pk, 1_000_000, "PRECHARGE")
    return main


def _lucky(world: World) -> Message:
    delivered = world.submitted(to=DELIVERED, content="【Acme】您的包裹已到。", reference="order-1")
    world.reported(delivered, "DELIVRD")
    world.moved(delivered, State.DELIVERED, EventKind.REPORTED)
    return delivered


def _unlucky(world: World) -> Message:
    rejected = world.accept(to=REJECTED, content="Your code is 4711", reference="order-17")
    world.called(rejected, code="17", raw=b'{"status":"17"}')
    world.moved(rejected, State.REJECTED, EventKind.ANSWERED, code_table="RESULT", code="17")
    undelivered = world.submitted(to=UNDELIVERED, content="【Acme】hi", reference="order-77")
    world.reported(undelivered, "NEW:77")
    world.moved(
        undelivered, State.UNDELIVERED, EventKind.REPORTED, code_table="STAT", code="NEW:77", certain=False
    )
    CodeNote.objects.create(code_table="STAT", code="NEW:77", note="手机停机")
    lost = world.accept(to=LOST, content="【Acme】hi", reference="order-3")
    world.called(lost, state=AttemptState.UNKNOWN, code=None, reason="read_timeout", raw=None)
    world.moved(lost, State.UNKNOWN, EventKind.ANSWERED, certain=False)
    return lost


def _half_sent(world: World) -> uuid.UUID:
    batch = world.accept_batch(*(f"1370000{last:04d}" for last in range(8)))
    chunk = Chunk.objects.filter(batch=batch).order_by("pk")[0]
    for member in chunk.members:
        world.moved(Message.objects.get(pk=member), State.SUBMITTED, EventKind.ANSWERED, mid=f"M{member}")
    Chunk.objects.filter(pk=chunk.pk).update(state=ChunkState.DONE)
    return batch


def _nobodys(world: World) -> None:
    """A reply without an owner, a report of a stranger, a page that was lost."""
    InboundMessage.objects.create(
        upstream_account=world.account, payload_id=uuid.uuid4(), mid="I9", mobile="13900000009",
        access_code="1069055", content="退订", time_text="2026-11-22 10:43:00",
    )  # fmt: skip
    DeliveryReport.objects.create(
        upstream_account=world.account, payload_id=uuid.uuid4(), mid="stranger", mobile="13900000008",
        stat="DELIVRD", time_text="2026-11-22 10:42:00", received_at=timezone.now() - timedelta(hours=1),
    )  # fmt: skip
    UpstreamPayload.objects.create(
        upstream_account=world.account, kind="report", state="maybe_lost", error="read_timeout"
    )
    InboundMessage.objects.create(
        upstream_account=world.account, payload_id=uuid.uuid4(), application=world.shop, mid="I1",
        mobile=DELIVERED, access_code="10690", content="谢谢", time_text="2026-11-22 10:43:00",
    )  # fmt: skip


def _machinery(world: World, message: Message) -> None:
    """A row of each list that the story above needs none of."""
    offered = Permission.objects.filter(content_type__app_label__in=("accounts", "auth", "messaging"))
    Group.objects.create(name="clerks").permissions.set(offered)
    Signature.objects.create(upstream_account=world.account, text="【Acme】")
    ExtnoLease.objects.create(upstream_account=world.account, extno="1069077", application=world.shop)
    JobLease.objects.create(name="pull", holder=uuid.uuid4(), until=timezone.now())
    Heartbeat.objects.create(name=Heartbeat.CLOCK, at=timezone.now())
    ExtraMid.objects.create(upstream_account=world.account, mid="M2", mobile=DELIVERED, message_id=message.pk)
    CodeRule.objects.create(code_table="STAT", code="NEW:1", treat_as="failed")
    given(world.shop)


def _drafts(world: World, clerk: User) -> None:
    """What somebody has typed in and checked: once not yet sent, once sent as two batches."""
    browser = Client()
    browser.force_login(clerk)
    drafted(browser, filled(world, numbers="13800000001\n13800000002"))
    with override_settings(MAX_RECIPIENTS=3):
        sent = drafted(browser, filled(world, numbers="\n".join(f"1370000010{place}" for place in range(5))))
        assert browser.post(sent).status_code == 302


def _audited(world: World, message: Message) -> None:
    """Staff of two roles, and what one of them was shown."""
    for name in (AUDITOR, VIEWER):
        User.objects.create_user(name, password=PASSWORD, is_staff=True).groups.add(
            Group.objects.get(name=name)
        )
    Disclosure.objects.create(
        kind="unmasked",
        subject="message",
        actor=VIEWER,
        row_id=message.pk,
        reason="工单 40",
        masked=False,
    )


def _count() -> None:
    """The day so far, and the same messages as yesterday's."""
    numbering.number()
    while count_events():
        pass


__all__ = ["AUDITOR", "CLERK", "PASSWORD", "REJECTED", "VIEWER", "Morning", "fill"]
