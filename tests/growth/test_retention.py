"""What is older than RETENTION_MONTHS goes, with all that belonged to it, and nothing that a kept message needs."""

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest
from django.db import models as orm
from pytest_django import Settings

from accounts.models import Application, BalanceReading, UpstreamAccount
from accounts.services import create_upstream_account
from messaging import partitions
from messaging.ids import first_id
from messaging.models import (
    Alarm,
    Attempt,
    Batch,
    Chunk,
    CodeCount,
    DeliveryReport,
    Event,
    ExtraMid,
    Hold,
    HourlyCount,
    HourOfSubmission,
    InboundMessage,
    Message,
    UpstreamPayload,
)
from messaging.partitions import Month
from messaging.partitions.ranges import PARENT, Partition
from messaging.services import retention
from tests.growth.conftest import StoreAt, execute, value

THIS = Month(2026, 11)
EVERYTHING = (
    Message, Batch, Chunk, Attempt, Event, DeliveryReport, ExtraMid, InboundMessage, UpstreamPayload, BalanceReading,
    Hold, Alarm, HourlyCount, CodeCount, HourOfSubmission,
)  # fmt: skip


@pytest.fixture(autouse=True)
def three_months(changing_tables: None, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """Now it is November, and what was before August may go."""
    settings.RETENTION_MONTHS = 3
    monkeypatch.setattr(Month, "current", classmethod(lambda cls: THIS))
    for partition in partitions.partitions():
        execute(f"DROP TABLE {partition.table}")
    for back in range(8):
        partitions.make(Partition.of(THIS.plus(-back)))


@pytest.fixture
def account(db: None) -> UpstreamAccount:
    return create_upstream_account(
        name="main",
        environment="sandbox",
        base_url="http://127.0.0.1:1/sms",
        account="1",
        password="1",
        extno="1",
    )


def at(moment: datetime) -> uuid.UUID:
    return uuid.UUID(int=first_id(moment).int | uuid.uuid4().int & ((1 << 72) - 1))


@dataclass
class Past:
    """Lets whole lives of messages have happened at a moment."""

    shop: Application
    account: UpstreamAccount
    store_at: StoreAt

    def life(self, moment: datetime, state: str = "delivered") -> Message:
        """A batch of one message, its call, its report, an answer to it, and what else stood in the books."""
        shop, account = self.shop, self.account
        message_id = at(moment)
        batch = Batch.objects.create(
            id=at(moment), application=shop, category="otp", content="hi", total=1, accepted=1,
            first_message_id=message_id, last_message_id=message_id,
        )  # fmt: skip
        chunk = Chunk.objects.create(
            id=at(moment), application=shop, batch=batch, category="otp", mode="send", members=[], size=1, state="done"
        )  # fmt: skip
        message = self.store_at(
            moment, id=message_id, batch=batch, content=None, chunk_id=chunk.pk, state=state
        )
        self.attempt(chunk, moment)
        Event.objects.create(
            id=at(moment), application=shop, kind="accepted", at=moment, message_ids=[message.pk], statuses=["queued"]
        )  # fmt: skip
        payload = UpstreamPayload.objects.create(
            id=at(moment), upstream_account=account, kind="report", state="read", started_at=moment
        )
        DeliveryReport.objects.create(
            id=at(moment), upstream_account=account, payload_id=payload.pk, mid=str(message.pk), mobile=message.mobile,
            stat="DELIVRD", message_id=message.pk,
        )  # fmt: skip
        ExtraMid.objects.create(
            upstream_account=account, mid=str(message.pk), mobile="1", message_id=message.pk
        )
        InboundMessage.objects.create(
            id=at(moment), upstream_account=account, payload_id=payload.pk, mid=str(message.pk), mobile="1",
            access_code="1", content="T",
        )  # fmt: skip
        BalanceReading.objects.create(upstream_account=account, balance=1, read_at=moment)
        Hold.objects.create(scope="batch", batch=batch, cause="person", since=moment, ended_at=moment)
        Alarm.objects.create(
            name="hold", subject="main", detail="", next_step="", since=moment, ended_at=moment
        )
        HourlyCount.objects.get_or_create(
            hour=moment, application=shop, category="otp", status="accepted", count=1
        )
        CodeCount.objects.get_or_create(hour=moment, code_table="STAT", code="1", count=1)
        HourOfSubmission.objects.get_or_create(hour=moment, upstream_account=account, submitted=1, settled=1)
        return message

    def attempt(self, chunk: Chunk, moment: datetime) -> Attempt:
        return Attempt.objects.create(
            id=at(moment), chunk=chunk, application=self.shop, upstream_account=self.account, environment="sandbox",
            category="otp", extno="1", worker="w", state="answered", lease_until=moment, prepared_at=moment,
        )  # fmt: skip


@pytest.fixture
def past(shop: Application, account: UpstreamAccount, store_at: StoreAt) -> Past:
    return Past(shop, account, store_at)


def counts() -> dict[str, int]:
    return {model.__name__: model.objects.count() for model in EVERYTHING}


def forget() -> None:
    while retention.forget_old():
        pass


def each(number: int) -> dict[str, int]:
    return dict.fromkeys(counts(), number)


def test_whole_months_go_with_all_that_belonged_to_them(past: Past):
    for back in (7, 4):
        past.life(THIS.plus(-back).start + timedelta(days=10))
    kept = [past.life(THIS.plus(-back).start + timedelta(days=10)) for back in (3, 0)]
    assert counts() == each(4)
    forget()
    assert counts() == each(2)
    assert set(Message.objects.all()) == set(kept)
    assert [partition.table for partition in partitions.partitions()] == [
        f"{PARENT}_{THIS.plus(-back)}" for back in (3, 2, 1, 0)
    ]


def test_nothing_is_forgotten_unless_told_to(past: Past, settings: Settings):
    settings.RETENTION_MONTHS = 0
    past.life(THIS.plus(-7).start)
    forget()
    assert counts() == each(1)


@pytest.mark.parametrize("state", ["queued", "submitted", "unknown"])
def test_a_month_with_a_message_that_is_not_final_stays_and_is_told_of(past: Past, state: str):
    past.life(THIS.plus(-7).start + timedelta(days=10))
    open_message = past.life(THIS.plus(-6).start + timedelta(days=10), state=state)
    past.life(THIS.plus(-5).start + timedelta(days=10))
    forget()
    assert list(Message.objects.all()) == [open_message]
    assert Chunk.objects.count() == 2  # the younger ones can't be told from those that it needs
    alarm = Alarm.objects.get(name="month_kept_back")
    assert alarm.subject == Partition.of(THIS.plus(-6)).table

    execute("UPDATE messaging_message SET state = 'delivered' WHERE state = 'submitted'")
    execute(
        "ALTER TABLE messaging_message DISABLE TRIGGER USER",
        "UPDATE messaging_message SET state = 'delivered'",
    )
    execute("ALTER TABLE messaging_message ENABLE TRIGGER USER")
    forget()
    assert not Message.objects.exists()
    alarm.refresh_from_db()
    assert alarm.ended_at


def test_what_was_stored_around_midnight_stays_with_its_messages(past: Past):
    first = THIS.plus(-3).start
    message = past.life(first - timedelta(seconds=1))
    Message.objects.filter(pk=message.pk).delete()
    past.store_at(first, batch_id=message.batch_id, content=None, chunk_id=message.chunk_id)
    forget()
    assert counts() == each(1)


def test_a_batch_stays_for_its_chunk_and_a_chunk_for_its_call_and_its_children(past: Past):
    old, new = THIS.plus(-5).start, THIS.start
    held = Chunk.objects.get(pk=past.life(old).chunk_id)
    called = past.attempt(held, new)
    parent = Chunk.objects.get(pk=past.life(old).chunk_id)
    child = Chunk.objects.create(
        id=at(new), parent=parent, application=past.shop, category="otp", mode="send", members=[], size=1, state="done"
    )  # fmt: skip
    gone = Chunk.objects.get(pk=past.life(old).chunk_id)
    forget()
    assert set(Chunk.objects.all()) == {held, parent, child}
    assert not Batch.objects.filter(pk=gone.batch_id).exists()
    called.delete()
    child.delete()
    forget()
    assert not Chunk.objects.exists()
    assert not Batch.objects.exists()


@pytest.mark.parametrize(
    ("model", "fields"),
    [
        (Chunk, {"state": "held"}),
        (UpstreamPayload, {"state": "received"}),
        (Hold, {"ended_at": None}),
        (Alarm, {"ended_at": None}),
    ],
)
def test_what_is_not_finished_stays(past: Past, model: type[orm.Model], fields: dict[str, object]):
    past.life(THIS.plus(-7).start)
    model._default_manager.update(**fields)
    forget()
    assert model._default_manager.count() == 1


def test_it_goes_on_where_the_time_was_up(past: Past, monkeypatch: pytest.MonkeyPatch):
    for day in range(5):
        past.life(THIS.plus(-7).start + timedelta(days=day))
    monkeypatch.setattr(retention, "AT_A_TIME", 2)
    monkeypatch.setattr(retention, "MOST_SECONDS", 0.0)
    assert retention.forget_old()
    assert DeliveryReport.objects.count() == 5
    monkeypatch.setattr(retention, "MOST_SECONDS", 20.0)
    assert not retention.forget_old()
    assert counts() == each(0)


def test_what_was_detached_before_a_crash_is_dropped_and_what_a_person_detached_is_not(past: Past):
    crashed, archived = (Partition.of(THIS.plus(-back)).table for back in (7, 6))
    execute(
        f"ALTER TABLE {PARENT} DETACH PARTITION {crashed}",
        f"ALTER TABLE {crashed} RENAME TO {crashed}_to_drop",
        f"ALTER TABLE {PARENT} DETACH PARTITION {archived}",
    )
    forget()
    assert value("SELECT to_regclass(%s)", f"{crashed}_to_drop") is None
    assert value("SELECT to_regclass(%s)", archived) == archived
    execute(f"DROP TABLE {archived}")


def test_a_database_whose_oldest_partition_has_no_beginning_keeps_everything_until_it_goes(past: Past):
    old = past.life(THIS.plus(-6).start)
    oldest = Partition(f"{PARENT}_to_{THIS.plus(-6)}", None, Partition.of(THIS.plus(-6)).until)
    for back in (7, 6):
        execute(f"DROP TABLE {Partition.of(THIS.plus(-back)).table}")
    partitions.make(oldest)
    message = past.store_at(THIS.plus(-7).start, state="unknown")
    forget()
    assert DeliveryReport.objects.filter(message_id=old.pk).exists()
    Message.objects.filter(pk=message.pk).delete()
    forget()
    assert counts() == each(0) | {"Alarm": 1}  # that of the month kept back, ended now
