"""Whose a mid is: first looked for among the messages of the last days, by the exact mid."""

import uuid
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from messaging import mids
from messaging.ids import first_id
from messaging.mids import owners
from messaging.models import DeliveryReport, Message
from messaging.partitions import Month, Partition, make, partitions
from tests.incoming.items import of, push, report

pytestmark = pytest.mark.django_db

EVERYWHERE = "upper(btrim("


@pytest.fixture
def store(shop, upstream):
    """Store a submitted message as if it had been accepted some days ago."""

    def run(mid, *, days=0, mobile="13800000001"):
        moment = timezone.now() - timedelta(days=days)
        return Message.objects.create(
            id=uuid.UUID(int=first_id(moment).int | 7 << 76 | uuid.uuid4().int >> 64), application=shop, mobile=mobile,
            content="hi", category="otp", parts=1, state="submitted", mid=mid, upstream_account=upstream,
        )  # fmt: skip

    return run


def looked_everywhere(queries):
    return [query for query in queries.captured_queries if EVERYWHERE in query["sql"]]


def test_what_is_found_in_the_last_days_is_looked_for_nowhere_else(store, upstream):
    message = store("M1", days=3)
    with CaptureQueriesContext(connection) as queries:
        assert owners(upstream.pk, [("M1", message.mobile)])[0].message_id == message.pk
    assert len(queries) == 1
    assert not looked_everywhere(queries)


def test_a_report_of_an_old_message_is_applied(store, upstream, client):
    old, new = store("M1", days=40), store("M2", mobile="13800000002")
    push(upstream, client, report("M2", new.mobile), report("M1", old.mobile, "MA:0029"))
    assert (of(old), of(new)) == (("undelivered", "M1"), ("delivered", "M2"))


def test_only_what_was_not_found_is_looked_for_everywhere(store, upstream):
    old, new = store("OLD", days=40), store("NEW")
    pairs = [("NEW", new.mobile), ("OLD", old.mobile), ("NOBODYS", new.mobile)]
    with CaptureQueriesContext(connection) as queries:
        found = owners(upstream.pk, pairs)
    assert {place: owner.message_id for place, owner in found.items()} == {0: new.pk, 1: old.pk}
    [second] = looked_everywhere(queries)
    assert "OLD" in second["sql"]
    assert "NEW" not in second["sql"]


def test_another_spelling_is_found_whatever_its_age(store, upstream):
    messages = [store("aB1", mobile="13800000001"), store("cD2", days=40, mobile="13800000002")]
    found = owners(upstream.pk, [("AB1 ", "13800000001"), ("Cd2", "13800000002")])
    assert [found[place].message_id for place in (0, 1)] == [message.pk for message in messages]


def test_a_mid_that_was_used_twice_is_the_newer_messages(store, upstream):
    messages = [store("M1", days=days) for days in (2, 40, 0, 3)]
    assert owners(upstream.pk, [("M1", "13800000001")])[0].message_id == messages[2].pk


def test_reports_of_one_message_keep_their_order(store, upstream, client):
    message = store("M1")
    push(
        upstream, client, *(report("M1", message.mobile, stat) for stat in ("MA:0029", "ACCEPTD", "MA:0001"))
    )
    message.refresh_from_db()
    assert message.code == "MA:0001"
    kept = DeliveryReport.objects.order_by("pk").values_list("stat", flat=True)
    assert list(kept) == ["MA:0029", "ACCEPTD", "MA:0001"]


def test_the_first_look_goes_by_the_number_index_of_these_days(store, upstream):
    make(Partition.of(Month.current().plus(-3)))
    store("M1")
    with CaptureQueriesContext(connection) as queries:
        owners(upstream.pk, [("M1", "13800000001")])
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(f"EXPLAIN {queries.captured_queries[0]['sql']}")
        plan = "\n".join(row[0] for row in cursor.fetchall())
    of_these_days = {
        str(Month.of(timezone.now() - mids.RECENT)),
        str(Month.of(timezone.now() + mids.CLOCKS_APART)),
    }
    touched = {partition.table for partition in partitions() if partition.table in plan}
    assert touched <= {f"messaging_message_{month}" for month in of_these_days}
    assert "mobile_id_idx" in plan
    assert "Seq Scan" not in plan
