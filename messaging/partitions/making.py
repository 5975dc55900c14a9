"""Months are made ahead, and what the default partition holds is put where it belongs."""

from functools import partial

import structlog
from django.db import connection

from messaging.ids import first_id, moment_of
from messaging.partitions.locking import patiently, run
from messaging.partitions.ranges import (
    DEFAULT,
    PARENT,
    Month,
    Partition,
    ends_of_default,
    has_month,
    is_free,
    partitions,
)

log = structlog.get_logger(__name__)

FILLFACTOR = (
    45  # a second version of every row fits beside the first: all of a chunk changes in one transaction
)
MONTHS_AHEAD = 2
MOST_MOVED = 20_000  # rows that are copied, or read, while others wait: less than a second


def make_months() -> list[str]:
    """Make the partitions of this month and the next two, settle the default's rows; return the new tables.

    Raises `Busy` when traffic left no moment for it; what was made so far stays.
    """
    if not _is_migrated():
        return []
    this = Month.current()
    made = [make(Partition.of(this.plus(ahead))) for ahead in range(1, MONTHS_AHEAD + 1)]
    if not has_month(this) and not _many_in_default():
        made.append(make(Partition.of(this), now=True))
    made.append(_settle_default(this))
    return [table for table in made if table]


def _is_migrated() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass(%s)", [PARENT])
        return cursor.fetchone()[0] is not None


def make(partition: Partition, *, now: bool = False) -> str | None:
    """Attach a new partition and return its name; None when its range is taken. Raises `Busy`.

    Rows of the range that lie in the default partition move along, unless there are too many (None too). `now`: such
    rows may come at this moment. ATTACH and not CREATE … PARTITION OF, which would lock out all readers of messages.
    """
    if not is_free(partition):
        return None
    strangers = _count_in_default(partition.condition)
    if strangers > MOST_MOVED:
        return None
    proof = None if now or strangers or ends_of_default() is None else _prove_none_in_default(partition)
    return patiently(partial(_attach, partition, proof))


def _count_in_default(condition: str) -> int:
    """Return how many rows of the default partition meet a condition on ids; beyond what can be moved, one more."""
    query = f"SELECT count(*) FROM (SELECT FROM {DEFAULT} WHERE {condition} LIMIT {MOST_MOVED + 1}) few"  # noqa: S608
    with connection.cursor() as cursor:
        cursor.execute(query)
        return int(cursor.fetchone()[0])


def _many_in_default() -> bool:
    return _count_in_default("true") > MOST_MOVED


def _prove_none_in_default(partition: Partition) -> str:
    """Have it proven beside traffic that the default partition has no row of a range; return the constraint's name.

    Otherwise ATTACH reads it whole while everybody waits. Until then such a row is refused: only for the future.
    """
    proof = f"none_of_{partition.table}"
    _prove(proof, f"NOT ({partition.condition})")
    return proof


def _prove(name: str, condition: str) -> None:
    """A constraint is added unchecked, in no time, then checked under a lock that bars neither readers nor writers."""
    drop = f"ALTER TABLE {DEFAULT} DROP CONSTRAINT IF EXISTS {name}"  # a killed process may have left it
    add = f"ALTER TABLE {DEFAULT} ADD CONSTRAINT {name} CHECK ({condition}) NOT VALID"
    patiently(partial(run, drop, add))
    patiently(partial(run, f"ALTER TABLE {DEFAULT} VALIDATE CONSTRAINT {name}"))


def _attach(partition: Partition, proof: str | None) -> str | None:
    made = is_free(partition)
    if made:
        _create(partition.table)
        if proof is None:
            _move(partition)
        run(f"ALTER TABLE {PARENT} ATTACH PARTITION {partition.table} FOR VALUES {partition.bounds}")
        log.info("partition_made", table=partition.table)
    if proof:
        run(f"ALTER TABLE {DEFAULT} DROP CONSTRAINT IF EXISTS {proof}")
    return partition.table if made else None


def _create(table: str) -> None:
    """A table like the parent; ATTACH adds the primary key, the indexes and the row triggers."""
    like = f"(LIKE {PARENT} INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING STORAGE)"
    run(f"CREATE TABLE {table} {like} WITH (fillfactor = {FILLFACTOR})")


def _move(partition: Partition) -> None:
    """The lock first: a row that came after the move would make ATTACH fail."""
    run(
        f"LOCK TABLE {DEFAULT} IN ACCESS EXCLUSIVE MODE",
        f"WITH moved AS (DELETE FROM {DEFAULT} WHERE {partition.condition} RETURNING *)"  # noqa: S608
        f" INSERT INTO {partition.table} SELECT * FROM moved",
    )


ALL_OF_IT = "all_of_it"


def _settle_default(this: Month) -> str | None:
    """Make the default partition, when it holds rows, an ordinary one as it is, and put an empty one in its place.

    So a database from before monthly partitions, however big, needs no copying; nor does one whose months nobody made
    for long. Rows of the future (somebody's clock is wrong) prevent it: they move when their month is made.
    """
    gap = _gap(this)
    if gap is None:
        return None
    _prove(ALL_OF_IT, gap.condition)
    return patiently(partial(_turn_default_into, gap, this))


def _gap(this: Month) -> Partition | None:
    """Return the range between two partitions in which all rows of the default one lie.

    It ends with a month; with the current one if that has no partition, so that no row that comes now is refused.
    """
    ends = ends_of_default()
    last = moment_of(ends[1]) if ends else None
    if not ends or last is None or Month.of(last) > this:
        return None
    month = Month.of(last) if has_month(this) else this
    before = [found.until for found in partitions() if found.until <= ends[0]]
    gap = Partition(f"{PARENT}_to_{month}", max(before, default=None), first_id(month.plus(1).start))
    return gap if is_free(gap) else None


def _turn_default_into(gap: Partition, this: Month) -> str | None:
    if _gap(this) != gap:
        return None
    run(
        f"ALTER TABLE {PARENT} DETACH PARTITION {DEFAULT}",
        f"ALTER TABLE {DEFAULT} RENAME TO {gap.table}",
        f"ALTER TABLE {PARENT} ATTACH PARTITION {gap.table} FOR VALUES {gap.bounds}",
        f"ALTER TABLE {gap.table} DROP CONSTRAINT {ALL_OF_IT}",
    )
    _create(DEFAULT)
    run(f"ALTER TABLE {PARENT} ATTACH PARTITION {DEFAULT} DEFAULT")
    log.info("partition_made", table=gap.table)
    return gap.table
