"""On tables that have grown, every list and every look-up goes by an index, and reads little more than it shows.

Filled once for all: 60,000 messages in five months. What PostgreSQL does is read from EXPLAIN ANALYZE of the very
statements that the code sends.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoDbBlocker

from accounts.ledger import open_purse
from accounts.models import Application, Purse, UpstreamAccount
from accounts.services import create_api_key
from messaging import feed, matching, selectors
from messaging.digits import bounds_of
from messaging.ids import first_id
from messaging.lifecycle import Change, move
from messaging.models import (
    Batch,
    Chunk,
    Event,
    HourlyCount,
    MaskedUpTo,
    Message,
    RefundedUpTo,
    UpstreamPayload,
    new_id,
)
from messaging.partitions import Month, make_months, partitions
from messaging.partitions.ranges import PARENT
from messaging.recipients import Item
from messaging.services import (
    alarms,
    expiry,
    giving_up,
    intake,
    masking,
    recovery,
    refunding,
    reports,
    resending,
    retention,
)
from messaging.services.submission import claiming
from messaging.states import ChunkState, EventKind, State
from messaging.vendor.items import ReportItem
from smsgateway.benchmark.filling import fill
from smsgateway.benchmark.filling_sql import TABLES
from tests.growth.conftest import execute
from tests.growth.plans import Done, done_by

MESSAGES, CURRENT = 60_000, 20_000
PAGE = 51
ADMIN = "/admin/messaging/message/"
API = "/api/v1/messages"


@pytest.fixture(scope="module")
def filled(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    with django_db_blocker.unblock():
        fill(MESSAGES, CURRENT)
        yield
        execute(f"TRUNCATE {', '.join(TABLES)}, accounts_application, accounts_upstreamaccount CASCADE")
        execute(*(f"DROP TABLE {partition.table}" for partition in partitions()))
        make_months()


@dataclass
class Desk:
    """Staff and a caller at their lists."""

    staff: Client
    caller: Client
    application: Application
    account: UpstreamAccount

    def admin(self, **query: Any) -> Done:
        return done_by(lambda: self._ok(self.staff, ADMIN, query))

    def api(self, path: str = API, **query: Any) -> Done:
        return done_by(lambda: self._ok(self.caller, path, query))

    def _ok(self, client: Client, path: str, query: dict[str, Any]) -> None:
        assert client.get(path, query).status_code == 200


@pytest.fixture
def desk(filled: None, db: None) -> Desk:
    application, account = Application.objects.order_by("pk")[0], UpstreamAccount.objects.get()
    staff = Client()
    staff.force_login(User.objects.create_superuser("boss"))
    key = create_api_key(application)[1]
    return Desk(staff, Client(headers={"authorization": f"Bearer {key}"}), application, account)


@pytest.fixture
def single(desk: Desk) -> Message:
    """One of the caller's, of this month, that was delivered."""
    found = Message.objects.filter(application=desk.application, batch=None, state="delivered").order_by(
        "-pk"
    )
    return found[100]


@pytest.fixture
def batch(desk: Desk) -> Batch:
    return Batch.objects.filter(application=desk.application).order_by("-pk")[0]


def month(ago: int = 0) -> str:
    return f"{PARENT}_{Month.current().plus(-ago)}"


def assert_short(done: Done, rows: int) -> None:
    assert done.whole == []
    assert done.looks
    assert done.rows <= rows, done


def test_what_is_filled_is_as_in_life(desk: Desk, single: Message):
    assert Message.objects.count() == MESSAGES
    for ago in range(5):
        execute(f"SELECT 1/count(*) FROM {month(ago)}")  # fails when it is empty
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {month()}")
        assert cursor.fetchone()[0] == CURRENT
    delivered = Message.objects.filter(state="delivered").count()
    assert MESSAGES * 0.9 < delivered < MESSAGES
    types = [happening.type for happening in selectors.happenings(single)]
    assert types == ["message.accepted", "message.submitting", "message.submitted", "message.delivered"]
    assert len(selectors.attempts_of(single)) == selectors.reports_of(single).count() == 1
    member = Message.objects.filter(batch__isnull=False, state="delivered").first()
    assert member
    assert len(selectors.happenings(member)) == 4
    assert selectors.happenings(single)[0].at == single.created_at


# --- What staff look at ---


@pytest.mark.parametrize("page", [1, 20])
def test_the_list_of_staff_is_merged_from_the_primary_keys(desk: Desk, page: int):
    done = desk.admin(p=page)
    assert_short(done, rows=page * 50 * 3 + 200)
    assert done.sorted_rows < 20


@pytest.mark.parametrize(("status", "most"), [("delivered", 600), ("undelivered", 12_000)])
def test_the_list_of_staff_by_status(desk: Desk, status: str, most: int):
    assert_short(desk.admin(status=status), most)


@pytest.mark.parametrize("status", ["queued", "scheduled", "submitting", "held"])
def test_what_is_not_sent_yet_is_found_by_its_chunk(desk: Desk, status: str):
    assert_short(desk.admin(status=status), rows=200)
    assert_short(desk.api(status=status), rows=100)


@pytest.mark.parametrize("status", ["rejected", "unresolved", "expired", "unknown"])
def test_a_rare_status_is_looked_for_month_by_month_and_never_twice(desk: Desk, status: str):
    assert desk.admin(status=status).rows <= MESSAGES + 2000


def test_the_list_of_staff_by_application(desk: Desk):
    done = desk.admin(application__id__exact=desk.application.pk)
    assert_short(done, rows=600)
    assert done.sorted_rows < 20


@pytest.mark.parametrize("what", ["mobile", "reference", "pk", "mid"])
def test_staff_find_a_message(desk: Desk, single: Message, what: str):
    assert_short(desk.admin(q=str(getattr(single, what))), rows=60)


def test_staff_find_a_batch_in_its_month(desk: Desk, batch: Batch):
    done = desk.admin(q=str(batch.pk))
    assert_short(done, rows=600)
    assert done.months == {month()}
    page = done_by(lambda: desk.staff.get(f"/admin/messaging/batch/{batch.pk}/change/"))
    assert_short(page, rows=batch.accepted * 2 + 1000)
    assert page.months == {month()}


def test_the_page_of_a_message_is_read_by_keys(desk: Desk, single: Message):
    done = done_by(lambda: desk.staff.get(f"{ADMIN}{single.pk}/change/"))
    assert_short(done, rows=100)
    assert done.months == {month()}


NUMBER = f"{ADMIN}number/"


def test_all_of_a_number_is_found_by_its_indexes(desk: Desk, single: Message):
    done = done_by(lambda: desk.staff.get(NUMBER, {"q": single.mobile}))
    assert_short(done, rows=300)


def test_last_digits_are_looked_for_in_one_day_of_its_month(desk: Desk, single: Message):
    day = timezone.localdate(single.created_at)
    begins, ends = bounds_of(day)
    that_day = Message.objects.filter(pk__gte=first_id(begins), pk__lt=first_id(ends)).count()
    done = done_by(lambda: desk.staff.get(NUMBER, {"q": single.mobile[-4:], "day": day.isoformat()}))
    assert_short(done, rows=that_day + 1000)
    assert done.months == {month()}


# --- What a caller looks at ---


def test_the_list_of_a_caller_is_merged_from_its_index(desk: Desk):
    done = desk.api(limit=50)
    assert_short(done, rows=400)
    assert done.sorted_rows < 20


def test_a_caller_finds_messages_by_number_and_by_reference(desk: Desk, single: Message):
    assert_short(desk.api(to=single.mobile), rows=40)
    assert_short(desk.api(reference=single.reference), rows=20)


@pytest.mark.parametrize(("status", "most"), [("delivered", 1200), ("undelivered", 6000)])
def test_a_caller_finds_messages_by_status(desk: Desk, status: str, most: int):
    assert_short(desk.api(status=status), most)


def test_a_span_of_time_is_looked_up_in_its_months(desk: Desk):
    middle = Month.current().plus(-2).start + timedelta(days=15)
    span = {"created_after": middle, "created_before": middle + timedelta(days=1)}
    done = desk.api(**{name: moment.isoformat() for name, moment in span.items()})
    assert done.months == {month(2)}
    assert_short(done, rows=1500)


def place_in_feed(desk: Desk, share: float) -> str:
    """Where somebody stands who has read a share of the caller's feed."""
    positions = Event.objects.filter(application=desk.application).order_by("position")
    event = positions[int(positions.count() * share)]
    return f"{desk.application.pk}-e{event.position}-0"


@pytest.mark.parametrize("share", [0.0, 0.5, 0.99])
@pytest.mark.parametrize("limit", [1, 50, 500])
def test_a_page_of_events_is_read_by_its_index(desk: Desk, share: float, limit: int):
    done = desk.api("/api/v1/events", after=place_in_feed(desk, share), limit=limit)
    assert_short(done, rows=3 * limit + 100)
    assert done.sorted_rows <= 2 * limit + 40


def test_a_page_of_events_takes_one_set_apart_where_one_fills_it(desk: Desk, batch: Batch):
    """A batch of 9,000 was accepted by one event; behind it come thousands of others."""
    position = Event.objects.get(pk=batch.pk).position
    done = desk.api("/api/v1/events", after=f"{desk.application.pk}-e{position}-4000")
    assert done.whole == []
    assert done.sorted_rows <= 100


def test_the_end_of_the_feed_is_found_by_its_index(desk: Desk):
    last = Event.objects.filter(application=desk.application).order_by("position").last()
    assert last
    done = desk.api("/api/v1/events", after=f"{desk.application.pk}-e{(last.position or 0) + 1}-0")
    assert done.rows <= 5


def test_what_waits_for_its_position_is_found_by_its_index(desk: Desk):
    """However many have one."""
    desk.api("/api/v1/events", limit=1)
    Event.objects.filter(
        pk__in=list(Event.objects.order_by("-serial").values_list("pk", flat=True)[:20])
    ).update(position=None)
    done = done_by(feed.number)
    assert_short(done, rows=100)


def test_the_messages_of_a_batch_are_looked_up_in_its_month(desk: Desk, batch: Batch):
    for done in (desk.api(f"/api/v1/batches/{batch.pk}/messages"), desk.api(batch=str(batch.pk))):
        assert_short(done, rows=600)
        assert done.months == {month()}


def test_one_message_is_looked_up_in_its_month(desk: Desk, single: Message):
    done = desk.api(f"{API}/{single.pk}")
    assert_short(done, rows=60)
    assert done.months == {month()}


# --- What the work itself looks at ---


def fresh(desk: Desk, count: int = 500, state: State = State.SUBMITTED) -> list[Message]:
    """Messages of this moment, in a chunk of their own."""
    chunk = Chunk.objects.create(
        application=desk.application, category="marketing", mode="send", members=[], size=count, state=ChunkState.DONE
    )  # fmt: skip
    return Message.objects.bulk_create(
        Message(
            id=new_id(), application=desk.application, mobile=f"139{n:08}", content="hi", category="marketing", parts=1,
            state=state, mid=f"N{n}", upstream_account=desk.account, chunk_id=chunk.pk,
        )
        for n in range(count)
    )  # fmt: skip


def report(message: Message, stat: str = "DELIVRD") -> ReportItem:
    moment = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
    return ReportItem(
        mid=message.mid or "",
        mobile=message.mobile,
        stat=stat,
        time=moment,
        time_raw="2026-11-22 12:00:00",
        access_code="10690",
        spid="",
        raw="",
    )


def test_reports_of_these_days_are_matched_in_this_month(desk: Desk):
    messages = fresh(desk)
    payload = UpstreamPayload.objects.create(upstream_account=desk.account, kind="report", state="received")
    items = [report(message) for message in messages]
    done = done_by(lambda: matching.take_reports(desk.account.pk, payload.pk, items))
    assert_short(done, rows=len(items) * 8)
    assert done.months <= {month(), month(1)}
    assert Message.objects.filter(pk__in=[m.pk for m in messages], state="delivered").count() == len(messages)


def test_reports_of_old_messages_are_matched_by_the_number(desk: Desk):
    old = list(Message.objects.filter(state="no_report").order_by("pk")[:50])
    payload = UpstreamPayload.objects.create(upstream_account=desk.account, kind="report", state="received")
    items = [report(message) for message in old]
    assert_short(done_by(lambda: matching.take_reports(desk.account.pk, payload.pk, items)), rows=50 * 40)


def test_five_hundred_messages_move_by_primary_key_in_their_month(desk: Desk):
    changes = [Change(message.pk, State.DELIVERED) for message in fresh(desk)]
    done = done_by(lambda: move(changes, EventKind.REPORTED))
    assert_short(done, rows=500 * 4)
    assert done.months == {month()}


def test_the_first_page_and_the_dictionary_read_counts_and_no_messages(desk: Desk):
    assert HourlyCount.objects.exists()
    for path in ("/admin/", "/admin/messaging/message/codes/"):
        done = done_by(lambda path=path: desk._ok(desk.staff, path, {}))
        assert done.whole == []
        assert done.rows <= 100, done
        assert done.months == set()


def test_one_time_passwords_are_masked_by_primary_key_in_their_month(desk: Desk):
    messages = fresh(desk)
    ids = [message.pk for message in messages]
    Message.objects.filter(pk__in=ids).update(category="otp", content="4711")
    move([Change(pk, State.DELIVERED) for pk in ids], EventKind.REPORTED)
    feed.number()
    last = Event.objects.filter(application=desk.application).order_by("-position")[0]
    Event.objects.filter(pk=last.pk).update(at=timezone.now() - timedelta(hours=2))
    MaskedUpTo.objects.create(application=desk.application, position=last.position - 1)
    done = done_by(masking._mask_some)
    assert_short(done, rows=500 * 6)
    assert done.months == {month()}
    assert Message.objects.filter(pk__in=ids, content="****").count() == len(ids)


def test_refunds_are_read_by_primary_key_in_their_month(desk: Desk):
    ids = [message.pk for message in fresh(desk, state=State.QUEUED)]
    Message.objects.filter(pk__in=ids).update(price=45)
    open_purse(desk.application)
    move([Change(pk, State.REJECTED) for pk in ids], EventKind.ANSWERED)
    feed.number()
    last = Event.objects.filter(application=desk.application).order_by("-position")[0]
    place = RefundedUpTo.objects.create(application=desk.application, position=last.position - 1)

    def refund_and_go_back() -> None:
        refunding._refund_some()
        place.save()

    done = done_by(refund_and_go_back)
    assert_short(done, rows=500 * 3)
    assert done.months == {month()}
    assert Purse.objects.get(application=desk.application).balance == 500 * 45


SWEEPS = {
    "due": selectors.due_lanes,
    "backlog": selectors.backlog,
    "expiry": expiry.expire_due,
    "giving up": giving_up.give_up_overdue,
    "recovery": recovery.recover,
    "resending": resending.resend_by_policy,
    "shelf": reports.match_shelved,
    "old shelf": reports.match_old,
    "inference": reports.infer_recent,
}


@pytest.fixture
def indexed(db: None) -> None:
    """Where a table is small the planner reads it whole; so it is told not to if it can."""
    execute("SET LOCAL enable_seqscan = off")


@pytest.mark.usefixtures("indexed")
@pytest.mark.parametrize("name", SWEEPS)
def test_what_runs_by_the_clock_reads_no_table_whole(desk: Desk, name: str):
    Application.objects.filter(pk=desk.application.pk).update(resend_unknown_after_seconds=60)
    intake.accept_message(desk.application, Item("13800000001", "【Acme】hi", None), intake.Options())
    assert done_by(SWEEPS[name]).whole_if_small == []


@pytest.mark.usefixtures("indexed")
def test_the_watchers_read_no_table_whole(desk: Desk):
    fresh(desk)
    assert done_by(alarms.look).whole_if_small == []


@pytest.mark.usefixtures("indexed")
def test_claims_read_no_table_whole(desk: Desk):
    assert done_by(lambda: claiming.claim("marketing")).whole_if_small == []


def test_retention_deletes_by_primary_key(desk: Desk):
    before = Month.current().plus(-3).start
    done = done_by(lambda: retention._sweep(before))
    assert [look for look in done.whole if look.rows > 1000] == []
