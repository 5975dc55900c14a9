"""Fills a database with months of made-up messages, so that figures and plans are those of a service in use.

Never on a database that matters: what it makes can't be told from the real thing. Each month is one temporary table,
computed from the numbers 1, 2, 3 …, from which every other table follows; so a message, its chunk, its call, its
events and its report fit together as they do in life.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction

from accounts.models import Application, Environment, UpstreamAccount
from accounts.services import create_application, create_upstream_account
from messaging import counting, partitions
from messaging.partitions import Month, Partition
from smsgateway.benchmark import filling_sql

APPLICATIONS = 4
EARLIER_MONTHS = 4
QUIET = timedelta(hours=1)  # nothing is made up for so long before now: what comes next are real messages
HELPERS = ("work_mem = '256MB'", "synchronous_commit = off", "max_parallel_workers_per_gather = 0")


@dataclass(frozen=True)
class _Span:
    """So many messages, evenly from one moment to another."""

    since: datetime
    until: datetime
    messages: int


def fill(messages: int, current: int) -> None:
    """Store `messages` made-up messages, the newest `current` of them in this month's partition.

    The others go to the months before, whose partitions are made: they must not exist otherwise. Nine in ten came in
    batches of 9,000, the others singly; most are delivered, each with its report. They belong to four applications and
    an upstream account of the sandbox: those that exist, or new ones, the account inactive. 5,000,000 take some
    minutes, and 6 GB of disk. Ends with VACUUM ANALYZE and a checkpoint, so it can't run inside a transaction.
    """
    parameters = {"applications": _applications(), "account": _account()}
    made = 0
    for span in _spans(messages, current):
        partitions.make(Partition.of(Month.of(span.since)))
        _fill(span, parameters | {"made": made})
        made += span.messages
    while counting.count_events():
        pass
    _settle()


def _spans(messages: int, current: int) -> Iterator[_Span]:
    """Oldest first: ids grow."""
    this, now = Month.current(), _now()
    for back in range(EARLIER_MONTHS, 0, -1):
        share = (messages - current) * (EARLIER_MONTHS - back + 1) // EARLIER_MONTHS
        share -= (messages - current) * (EARLIER_MONTHS - back) // EARLIER_MONTHS
        if share:
            yield _Span(this.plus(-back).start, this.plus(1 - back).start, share)
    if current:
        yield _Span(this.start, max(now - QUIET, this.start + (now - this.start) / 2), current)


def _now() -> datetime:
    with connection.cursor() as cursor:
        cursor.execute("SELECT statement_timestamp()")
        now: datetime = cursor.fetchone()[0]
    return now


@transaction.atomic
def _fill(span: _Span, parameters: dict[str, Any]) -> None:
    values = parameters | {"since": span.since, "until": span.until, "messages": span.messages}
    with connection.cursor() as cursor:
        for setting in HELPERS:
            cursor.execute(f"SET LOCAL {setting}")
        for statement in filling_sql.STATEMENTS:
            cursor.execute(statement, values)


def _applications() -> list[int]:
    found = list(
        Application.objects.filter(environment=Environment.SANDBOX)
        .order_by("pk")
        .values_list("pk", flat=True)[:APPLICATIONS]
    )
    made = [
        create_application(f"filled {number}", environment=Environment.SANDBOX)[0].pk
        for number in range(len(found), APPLICATIONS)
    ]
    return found + made


def _account() -> int:
    """Inactive: nobody shall ask a gateway that is not there for reports."""
    account = UpstreamAccount.objects.filter(environment=Environment.SANDBOX).order_by("pk").first()
    return (
        account
        or create_upstream_account(
            name="filled",
            environment=Environment.SANDBOX,
            base_url="http://127.0.0.1:1/sms",
            account="filled",
            password="filled",  # noqa: S106  (of nobody)
            extno="10690",
            is_active=False,
        )
    ).pk


def _settle() -> None:
    """What the server would do by and by, and in the middle of a measurement."""
    with connection.cursor() as cursor:
        cursor.execute(f"VACUUM (ANALYZE) {', '.join(filling_sql.TABLES)}")
        cursor.execute("CHECKPOINT")
