"""A small world in which each model has a row, made by the services where they need no network."""

import uuid
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import transaction
from django.test import Client
from django.utils import timezone

from accounts.ledger import correct, top_up
from accounts.logins import create_gateway_login
from accounts.models import Application, DayClosing, ExtnoLease, Signature, UpstreamAccount
from accounts.services import create_application, create_upstream_account, record_balance
from messaging import holding
from messaging.lifecycle import Change, move, put_into_chunk
from messaging.models import (
    Alarm,
    Attempt,
    Chunk,
    CodeRule,
    DeliveryReport,
    Disclosure,
    ExtraMid,
    Heartbeat,
    Hold,
    InboundMessage,
    JobLease,
    Message,
    QueuedSingle,
    UpstreamPayload,
)
from messaging.recipients import Item, Recipients
from messaging.services import intake
from messaging.states import AttemptState, ChunkState, EventKind, State
from tests.admin.given import given

NASTY = "<script>alert('x')</script>"


@pytest.fixture
def staff(db: None) -> User:
    return User.objects.create_superuser("boss", password="boss")


@pytest.fixture
def desk(staff: User) -> Client:
    """A browser in which the superuser has logged in."""
    client = Client()
    client.force_login(staff)
    return client


@pytest.fixture
def account(db: None) -> UpstreamAccount:
    account = create_upstream_account(
        name="main", environment="live", base_url="http://127.0.0.1:1/sms", account="880001", password="top-secret",
        extno="10690", default=True,
    )  # fmt: skip
    record_balance(account.pk, -153278040, "POSTCHARGE")
    Signature.objects.create(upstream_account=account, text="【Acme】")
    account.refresh_from_db()
    return account


@pytest.fixture
def shop(db: None) -> Application:
    return create_application("shop", environment="live")[0]


@dataclass
class World:
    """What the pages are about."""

    shop: Application
    account: UpstreamAccount

    def accept(self, to: str = "13800000001", **more: Any) -> Message:
        content = more.pop("content", f"【Acme】{NASTY}")
        item = Item(to, content, more.pop("reference", f"order {NASTY}"))
        accepted = intake.accept_message(self.shop, item, intake.Options(**more))
        return Message.objects.get(pk=accepted.message.pk)

    def accept_batch(self, *numbers: str) -> uuid.UUID:
        given = Recipients(numbers)
        accepted = intake.accept_batch(self.shop, "【Acme】hi", given, intake.Options(), skip_invalid=True)
        return accepted.batch.pk

    def called(self, message: Message, **fields: Any) -> Attempt:
        """One upstream call that carried the message."""
        QueuedSingle.objects.filter(pk=message.pk).delete()
        chunk = Chunk.objects.create(
            application=self.shop, category=message.category, mode="send", members=[message.pk], size=1,
            state=ChunkState.DONE,
        )  # fmt: skip
        put_into_chunk([message.pk], chunk.pk)
        now = timezone.now()
        return Attempt.objects.create(
            **{
                "chunk": chunk, "application": self.shop, "upstream_account": self.account, "environment": "live",
                "category": message.category, "extno": "10690", "worker": "w1", "state": AttemptState.ANSWERED,
                "lease_until": now, "called_at": now, "ended_at": now, "elapsed_ms": 42, "http_status": 200,
                "code": "0",
                "raw": f'{{"status":"0","list":"{NASTY}"}}'.encode(), **fields,
            }
        )  # fmt: skip

    def moved(self, message: Message, state: State, kind: EventKind, **fields: Any) -> None:
        account_id = self.account.pk
        chunk_id = Message.objects.values_list("chunk_id", flat=True).get(pk=message.pk)
        with transaction.atomic():
            change = Change(message.pk, state, upstream_account_id=account_id, **fields)
            assert move([change], kind, chunk_id=chunk_id)

    def submitted(self, **more: Any) -> Message:
        message = self.accept(**more)
        self.called(message)
        self.moved(message, State.SUBMITTED, EventKind.ANSWERED, mid="M1")
        return message

    def reported(self, message: Message, stat: str) -> DeliveryReport:
        payload = UpstreamPayload.objects.create(
            upstream_account=self.account,
            kind="report",
            state="read",
            body=f"raw {NASTY}".encode(),
            reports=1,
        )
        return DeliveryReport.objects.create(
            upstream_account=self.account, payload_id=payload.pk, mid="M1", mobile=message.mobile, stat=stat,
            time_text="2026-11-22 10:42:00", message_id=message.pk,
        )  # fmt: skip

    def replied(self) -> InboundMessage:
        return InboundMessage.objects.create(
            upstream_account=self.account, payload_id=uuid.uuid4(), application=self.shop, mid="I1",
            mobile="13800000001", access_code="10690", content=f"T {NASTY}", time_text="2026-11-22 10:43:00",
        )  # fmt: skip

    def held(self) -> Hold:
        reason = holding.Reason(Hold.Cause.REFUSED_LOGIN, code_table="STATUS", code="2", detail="status_2")
        assert holding.place(self.account.pk, reason, probe_after=60)
        return Hold.objects.get(ended_at=None)


@pytest.fixture
def world(shop: Application, account: UpstreamAccount) -> World:
    return World(shop, account)


def books(world: World) -> None:
    """A gateway login, and a purse with entries and a closed day."""
    create_gateway_login(world.shop, password="secret", account="900001", extnos=["1069088"])
    top_up(world.shop.pk, 45_000, reason="付款 7", posted_by="boss")
    correct(world.shop.pk, -1_000, reason="工单 8", posted_by="boss")
    day = timezone.localdate() - timedelta(days=1)
    DayClosing.objects.create(
        application=world.shop, day=day, opening=0, charges=-90, refunds=45, top_ups=1_000, corrections=0,
        closing=955, parts=1,
    )  # fmt: skip


@pytest.fixture
def full_world(world: World) -> World:
    """Every registered model has at least one row."""
    undelivered = world.submitted()
    world.reported(undelivered, "MA:0029")
    world.moved(undelivered, State.UNDELIVERED, EventKind.REPORTED, code_table="STAT", code="MA:0029")
    world.accept(to="13900000002")
    world.accept_batch("13700000001", "12", NASTY)
    world.replied()
    world.held()
    ExtnoLease.objects.create(upstream_account=world.account, extno="1069077", application=world.shop)
    JobLease.objects.create(name="pull", holder=uuid.uuid4(), until=timezone.now())
    Heartbeat.objects.create(name=Heartbeat.CLOCK, at=timezone.now())
    ExtraMid.objects.create(
        upstream_account=world.account, mid="M2", mobile="13800000001", message_id=undelivered.pk
    )
    Alarm.objects.create(
        name="no_reports", subject="main", detail="No report for an hour.", next_step="Ask the vendor."
    )
    CodeRule.objects.create(code_table="STAT", code="NEW:1", treat_as="failed")
    Disclosure.objects.create(
        kind="unmasked",
        subject="message",
        actor="clerk",
        row_id=undelivered.pk,
        reason="ticket 42",
        masked=False,
    )
    books(world)
    given(world.shop)
    return world
