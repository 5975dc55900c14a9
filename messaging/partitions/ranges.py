"""Months, the ranges of ids that they are, and the partitions there are."""

import re
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime

from django.db import connection

from messaging.ids import first_id

PARENT = "messaging_message"
DEFAULT = f"{PARENT}_default"


@dataclass(frozen=True, order=True)
class Month:
    """One month in UTC."""

    year: int
    number: int

    @classmethod
    def of(cls, moment: datetime) -> "Month":
        utc = moment.astimezone(UTC)
        return cls(utc.year, utc.month)

    @classmethod
    def current(cls) -> "Month":
        """By the database's clock."""
        with connection.cursor() as cursor:
            cursor.execute("SELECT statement_timestamp()")
            return cls.of(cursor.fetchone()[0])

    def plus(self, months: int) -> "Month":
        """Return the month so many later; with a negative number, earlier."""
        year, number = divmod(self.year * 12 + self.number - 1 + months, 12)
        return Month(year, number + 1)

    @property
    def start(self) -> datetime:
        return datetime(self.year, self.number, 1, tzinfo=UTC)

    def __str__(self) -> str:
        return f"{self.year:04d}_{self.number:02d}"


@dataclass(frozen=True)
class Partition:
    """A table of messages whose ids are from `since` on (None: from the beginning) and less than `until`."""

    table: str
    since: uuid.UUID | None
    until: uuid.UUID

    @classmethod
    def of(cls, month: Month) -> "Partition":
        return cls(f"{PARENT}_{month}", first_id(month.start), first_id(month.plus(1).start))

    @property
    def bounds(self) -> str:
        since = f"'{self.since}'" if self.since else "MINVALUE"
        return f"FROM ({since}) TO ('{self.until}')"

    @property
    def condition(self) -> str:
        return f"id < '{self.until}'" + (f" AND id >= '{self.since}'" if self.since else "")

    def overlaps(self, other: "Partition") -> bool:
        nil = uuid.UUID(int=0)
        return (self.since or nil) < other.until and (other.since or nil) < self.until


BOUNDS = re.compile(r"FROM \((?:MINVALUE|'(?P<since>[^']+)')\) TO \('(?P<until>[^']+)'\)")
ATTACHED = """
SELECT c.relname, pg_get_expr(c.relpartbound, c.oid) FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
WHERE i.inhparent = to_regclass(%s)
"""


def partitions() -> list[Partition]:
    """Return the partitions of messages but for the default one, oldest first."""
    with connection.cursor() as cursor:
        cursor.execute(ATTACHED, [PARENT])
        bounds = [(table, BOUNDS.search(text)) for table, text in cursor.fetchall()]
    found = [
        Partition(table, uuid.UUID(match["since"]) if match["since"] else None, uuid.UUID(match["until"]))
        for table, match in bounds
        if match
    ]
    return sorted(found, key=lambda partition: partition.until)


def is_free(wanted: Partition) -> bool:
    return not any(found.overlaps(wanted) for found in partitions())


def has_month(month: Month) -> bool:
    """Return whether a month's messages have a partition to go to."""
    return not is_free(Partition.of(month))


# Primary key, from either end.
ENDS = f"""
SELECT (SELECT id FROM {DEFAULT} ORDER BY id LIMIT 1), (SELECT id FROM {DEFAULT} ORDER BY id DESC LIMIT 1)
"""  # noqa: S608  (a constant)


def ends_of_default() -> tuple[uuid.UUID, uuid.UUID] | None:
    """Return the least and the greatest id in the default partition; None when it is empty, as it should be."""
    with connection.cursor() as cursor:
        cursor.execute(ENDS)
        first, last = cursor.fetchone()
    return (first, last) if first else None
