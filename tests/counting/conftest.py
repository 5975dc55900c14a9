"""Traffic of every kind, and the same counts made in another way: from each event and each message, one by one."""

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import transaction

from accounts.models import Application, UpstreamAccount
from accounts.services import create_application, create_upstream_account
from messaging.lifecycle import Change, move, put_into_chunk, tell
from messaging.models import Chunk, CodeCount, Event, HourlyCount, HourOfSubmission, Message, QueuedSingle
from messaging.recipients import Item, Recipients
from messaging.services import intake
from messaging.states import ChunkState, EventKind, State

Key = tuple[Any, ...]


@dataclass
class Traffic:
    """What services do to messages, by hand, so that a test can choose."""

    application: Application
    account: UpstreamAccount

    def batch(self, size: int, category: str = "marketing") -> list[Message]:
        numbers = [f"138{n:08d}" for n in range(size)]
        options = intake.Options(category=category)
        taken = intake.accept_batch(
            self.application, "【Acme】hi", Recipients(numbers), options, skip_invalid=False
        )
        return list(Message.objects.filter(batch=taken.batch.pk).order_by("pk"))

    def single(self, category: str = "otp") -> Message:
        options = intake.Options(category=category)
        taken = intake.accept_message(self.application, Item("13800000001", "【Acme】hi", None), options)
        QueuedSingle.objects.all().delete()
        chunk = Chunk.objects.create(
            application=self.application, category=category, mode="p2p", members=[taken.message.pk], size=1,
            state=ChunkState.DONE,
        )  # fmt: skip
        put_into_chunk([taken.message.pk], chunk.pk)
        return Message.objects.get(pk=taken.message.pk)

    def become(self, messages: list[Message], state: State, kind: EventKind, code: str = "") -> None:
        table, _, number = code.partition(":")
        changes = [
            Change(
                message.pk,
                state,
                mid=f"M{message.pk}" if state == State.SUBMITTED else None,
                code_table=table or None,
                code=number or None,
                upstream_account_id=self.account.pk if kind == EventKind.ANSWERED else None,
            )
            for message in messages
        ]
        chunk_id = None if kind == EventKind.REPORTED else messages[0].chunk_id
        with transaction.atomic():
            assert move(changes, kind, chunk_id=chunk_id) == len(messages)

    def submit(self, messages: list[Message]) -> None:
        tell(
            self.application.pk,
            [m.pk for m in messages],
            EventKind.CLAIMED,
            "submitting",
            chunk_id=messages[0].chunk_id,
        )
        self.become(messages, State.SUBMITTED, EventKind.ANSWERED)

    def report(self, told: dict[State, list[Message]]) -> None:
        """One page of reports, of messages that need have nothing in common."""
        changes = [
            Change(
                message.pk,
                state,
                code_table="STAT" if state == State.UNDELIVERED else None,
                code="MA:0029" if state == State.UNDELIVERED else None,
            )
            for state, messages in told.items()
            for message in messages
        ]
        with transaction.atomic():
            assert move(changes, EventKind.REPORTED) == len(changes)


@pytest.fixture
def account(db: None) -> UpstreamAccount:
    return create_upstream_account(
        name="main", environment="sandbox", base_url="http://127.0.0.1:1/sms", account="1", password="1",
        extno="10690", default=True,
    )  # fmt: skip


@pytest.fixture
def traffic(shop: Application, account: UpstreamAccount) -> Traffic:
    return Traffic(shop, account)


@pytest.fixture
def other_traffic(account: UpstreamAccount) -> Traffic:
    return Traffic(create_application("other", environment="sandbox")[0], account)


def hour_of(moment: datetime | None) -> datetime | None:
    return moment and moment.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


@dataclass
class Counts:
    """All that stands in the three tables."""

    hourly: dict[Key, int]
    codes: dict[Key, int]
    of_submission: dict[Key, tuple[int, int]]


TELLING_NOTHING_NEW = {EventKind.CLAIMED, EventKind.REQUEUED, EventKind.HELD, EventKind.RESENT}


def counted_one_by_one() -> Counts:
    messages = Message.objects.in_bulk()
    hourly: Counter[Key] = Counter()
    codes: Counter[Key] = Counter()
    submitted: Counter[Key] = Counter()
    settled: Counter[Key] = Counter()
    for event in Event.objects.exclude(kind__in=TELLING_NOTHING_NEW).exclude(detail="inference_withdrawn"):
        hour = hour_of(event.at)
        for place, key in enumerate(event.message_ids):
            message, status = messages[key], event.statuses[place]
            account = message.upstream_account_id
            if event.kind == EventKind.ACCEPTED:
                status, account = "accepted", None
            hourly[hour, event.application_id, message.category, account, status] += 1
            if event.codes and event.codes[place]:
                table, _, code = event.codes[place].partition(":")
                codes[hour, table, code] += 1
            of = (hour_of(message.submitted_at), account)
            submitted[of] += status == "submitted"
            settled[of] += status in ("delivered", "undelivered", "no_report") and None not in of
    of_submission = {
        key: (submitted[key], settled[key]) for key in submitted if submitted[key] or settled[key]
    }
    return Counts(dict(hourly), dict(codes), of_submission)


def counted() -> Counts:
    hourly: Counter[Key] = Counter()
    for row in HourlyCount.objects.all():
        assert row.count > 0
        hourly[row.hour, row.application_id, row.category, row.upstream_account_id, row.status] += row.count
    codes = {(row.hour, row.code_table, row.code): row.count for row in CodeCount.objects.all()}
    of_submission = {
        (row.hour, row.upstream_account_id): (row.submitted, row.settled)
        for row in HourOfSubmission.objects.all()
    }
    return Counts(dict(hourly), codes, of_submission)
