"""A partition is detached, which is short, and then dropped, when nobody looks at it any more."""

from functools import partial

import structlog
from django.db import connection

from messaging.partitions.locking import patiently, run
from messaging.partitions.ranges import PARENT, Partition
from messaging.states import FINAL

log = structlog.get_logger(__name__)

DETACHED = "_to_drop"


def has_open_messages(partition: Partition) -> bool:
    """Return whether some message is not final. When none is, the whole table is read: no index knows a state."""
    query = f"SELECT EXISTS (SELECT FROM {partition.table} WHERE state <> ALL(%s))"  # noqa: S608  (a table's name)
    with connection.cursor() as cursor:
        cursor.execute(query, [[state.value for state in FINAL]])
        return bool(cursor.fetchone()[0])


def drop(partition: Partition) -> None:
    """Drop a partition with its messages. Raises `Busy`; what is detached by then is dropped by `drop_detached`.

    Not CONCURRENTLY, which a table with a default partition can't do: nobody may read messages for a moment.
    """
    patiently(
        partial(
            run,
            f"ALTER TABLE {PARENT} DETACH PARTITION {partition.table}",
            f"ALTER TABLE {partition.table} RENAME TO {partition.table}{DETACHED}",
        )
    )
    log.info("partition_detached", table=partition.table)
    drop_detached()


# The name says that we detached it: one that a person detached, to keep it elsewhere, is not touched.
LEFT = """
SELECT c.relname FROM pg_class c
WHERE c.relkind = 'r' AND NOT c.relispartition AND c.relnamespace = current_schema()::regnamespace
  AND starts_with(c.relname, %s) AND right(c.relname, length(%s)) = %s
"""


def drop_detached() -> None:
    """Drop what was detached to be dropped, now or by a run that did not get to its end. Raises `Busy`."""
    with connection.cursor() as cursor:
        cursor.execute(LEFT, [f"{PARENT}_", DETACHED, DETACHED])
        tables = [row[0] for row in cursor.fetchall()]
    for table in tables:
        patiently(partial(run, f"DROP TABLE IF EXISTS {table}"))
        log.info("partition_dropped", table=table)
