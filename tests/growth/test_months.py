"""This month and the next two always have a partition, whatever the database was like before."""

import threading
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from messaging import partitions
from messaging.models import JobLease, Message, new_id
from messaging.partitions import Busy, Month, locking, make_months, making
from messaging.partitions.ranges import DEFAULT, PARENT, Partition
from messaging.services import months
from messaging.states import State
from tests.growth.conftest import StoreAt, ago, execute, in_default, table_of, value


def tables() -> list[str]:
    return [partition.table for partition in partitions.partitions()]


def due() -> list[str]:
    return [f"{PARENT}_{Month.current().plus(ahead)}" for ahead in range(3)]


@pytest.mark.django_db
def test_a_migrated_database_has_this_month_and_the_next_two():
    assert tables() == due()


@pytest.mark.django_db
def test_a_message_goes_to_its_month(store_at: StoreAt):
    assert table_of(store_at(timezone.now())) == due()[0]
    assert table_of(store_at(Month.current().plus(1).start)) == due()[1]
    assert table_of(store_at(Month.current().plus(1).start - timedelta(milliseconds=1))) == due()[0]


@pytest.mark.usefixtures("no_months")
def test_migrate_makes_the_months_of_an_older_empty_database():
    call_command("migrate", verbosity=0)
    assert tables() == due()


@pytest.mark.usefixtures("no_months")
def test_few_rows_of_this_month_are_moved(store_at: StoreAt):
    message = store_at(timezone.now())
    assert table_of(message) == DEFAULT
    call_command("migrate", verbosity=0)
    assert table_of(message) == due()[0]
    assert in_default() == 0


@pytest.mark.usefixtures("no_months")
def test_many_rows_stay_where_they_are_and_the_table_becomes_a_partition(
    store_at: StoreAt, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(making, "MOST_MOVED", 2)
    now = timezone.now()
    old = [store_at(now - timedelta(days=days)) for days in (0, 40, 80, 400)]
    file = value("SELECT pg_relation_filenode(%s)", DEFAULT)
    call_command("migrate", verbosity=0)
    filled = f"{PARENT}_to_{Month.current()}"
    assert tables() == [filled, *due()[1:]]
    assert {table_of(message) for message in old} == {filled}
    assert value("SELECT pg_relation_filenode(%s)", filled) == file  # nothing was copied
    assert in_default() == 0
    assert table_of(store_at(now)) == filled
    assert table_of(store_at(Month.current().plus(5).start)) == DEFAULT


@pytest.mark.usefixtures("no_months")
def test_many_old_rows_take_this_month_along_so_that_none_that_comes_meanwhile_is_refused(
    store_at: StoreAt, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(making, "MOST_MOVED", 1)
    old = [store_at(ago(days)) for days in (40, 80)]
    make_months()
    assert tables() == [f"{PARENT}_to_{Month.current()}", *due()[1:]]
    assert {table_of(message) for message in old} == {tables()[0]}


@pytest.mark.usefixtures("no_months")
def test_old_rows_get_a_partition_of_their_own_beside_this_month(store_at: StoreAt):
    old, new = store_at(ago(100)), store_at(timezone.now())
    make_months()
    assert tables() == [f"{PARENT}_to_{Month.of(old.created_at)}", *due()]
    assert table_of(new) == due()[0]
    assert table_of(old) == tables()[0]


@pytest.mark.usefixtures("no_months")
def test_months_that_nobody_made_for_long_are_made_up_for(store_at: StoreAt, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(making, "MOST_MOVED", 1)
    last = Month.current().plus(-3)
    partitions.make(Partition.of(last))
    missed = [store_at(last.plus(1).start), store_at(last.plus(2).start), store_at(timezone.now())]
    make_months()
    assert tables() == [f"{PARENT}_{last}", f"{PARENT}_to_{Month.current()}", *due()[1:]]
    assert {table_of(message) for message in missed} == {f"{PARENT}_to_{Month.current()}"}


@pytest.mark.usefixtures("changing_tables")
def test_rows_of_a_far_month_wait_in_the_default_partition_and_then_move(store_at: StoreAt):
    far = Month.current().plus(7)
    message = store_at(far.start)
    make_months()
    assert table_of(message) == DEFAULT
    assert tables() == due()
    partitions.make(Partition.of(far))
    assert table_of(message) == f"{PARENT}_{far}"


@pytest.mark.usefixtures("changing_tables")
def test_a_month_is_attached_without_reading_a_filled_default_partition(store_at: StoreAt):
    store_at(ago(4000))
    execute(f"DROP TABLE {due()[2]}", "SET client_min_messages = debug1")
    said: list[str] = []
    notice = connection.connection.add_notice_handler
    notice(lambda diagnostic: said.append(diagnostic.message_primary or ""))
    try:
        partitions.make(Partition.of(Month.current().plus(2)))
    finally:
        execute("RESET client_min_messages")
    assert [line for line in said if "implied by existing constraints" in line and DEFAULT in line], said
    assert value("SELECT count(*) FROM pg_constraint WHERE conname LIKE 'none_of%%'") == 0


def test_every_partition_has_all_that_the_parent_has(changing_tables: None, store_at: StoreAt):
    store_at(ago(100))
    made = make_months()
    assert made  # an old one, and with it a new default one
    for table in [*due(), *made, DEFAULT]:
        assert shape(table) == shape(PARENT), table
        assert value("SELECT reloptions FROM pg_class WHERE oid = %s::regclass", table) == ["fillfactor=45"]


def shape(table: str) -> list[object]:
    """Columns with their defaults, constraints, indexes and triggers."""
    with connection.cursor() as cursor:
        cursor.execute(SHAPE, {"table": table})
        return [row[0] for row in cursor.fetchall()]


SHAPE = """
SELECT format('%%s %%s %%s %%s %%s', a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attstorage,
              pg_get_expr(d.adbin, d.adrelid))
FROM pg_attribute a LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
WHERE a.attrelid = %(table)s::regclass AND a.attnum > 0 AND NOT a.attisdropped
UNION ALL SELECT format('%%s %%s', contype, pg_get_constraintdef(oid)) FROM pg_constraint
WHERE conrelid = %(table)s::regclass
UNION ALL SELECT regexp_replace(pg_get_indexdef(indexrelid), 'INDEX \\S+ ON (ONLY )?\\S+', 'INDEX') FROM pg_index
WHERE indrelid = %(table)s::regclass AND indisvalid
UNION ALL SELECT replace(pg_get_triggerdef(oid), %(table)s, 'T') FROM pg_trigger WHERE tgrelid = %(table)s::regclass
ORDER BY 1
"""


@pytest.mark.parametrize("place", [0, 2, 9])
def test_moves_are_guarded_in_every_partition(place: int, store_at: StoreAt, changing_tables: None):
    message = store_at(Month.current().plus(place).start)
    with pytest.raises(IntegrityError, match="cannot move"), transaction.atomic():
        Message.objects.filter(pk=message.pk).update(state=State.QUEUED)


def test_traffic_is_given_way_to(changing_tables: None, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(locking, "TRIES", 2)
    monkeypatch.setattr(locking, "PAUSE_SECONDS", 0.01)
    execute(f"DROP TABLE {due()[2]}")
    reading, done = threading.Event(), threading.Event()

    def read() -> None:
        with transaction.atomic():
            execute(f"LOCK TABLE {DEFAULT} IN ACCESS SHARE MODE")
            reading.set()
            done.wait(20)
        connection.close()

    reader = threading.Thread(target=read)
    reader.start()
    assert reading.wait(10)
    try:
        with pytest.raises(Busy):
            make_months()
        assert months.keep_months() == []  # no error: the next run does it
        assert tables() == due()[:2]
    finally:
        done.set()
        reader.join()
    assert months.keep_months() == [due()[2]]


def test_only_the_holder_of_the_lease_makes_months(changing_tables: None):
    execute(f"DROP TABLE {due()[2]}")
    JobLease.objects.create(name="months", holder=new_id(), until=timezone.now() + timedelta(minutes=1))
    assert months.keep_months() == []
    JobLease.objects.all().delete()
    assert months.keep_months() == [due()[2]]
