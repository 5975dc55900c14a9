"""Retention: whole months of messages are dropped, then what belonged to them goes, in small steps.

What a kept message's page needs stays: everything here is younger than the messages it tells of, so what is older than
the oldest kept month tells of none. A day is left between, for what was stored around midnight and for clocks that
differ.
"""

import time
import uuid
from datetime import datetime, timedelta
from typing import Any

import structlog
from django.conf import settings
from django.db import connection

from messaging import alarming, partitions
from messaging.ids import first_id, moment_of
from messaging.leases import lease
from messaging.partitions import Month

log = structlog.get_logger(__name__)

AT_A_TIME = 2000  # rows in one transaction
MOST_SECONDS = 20.0  # for one run: a worker that is told to stop waits for it
LEASE_SECONDS = 600
MARGIN = timedelta(days=1)
KEPT_BACK = "month_kept_back"


def forget_old() -> bool:
    """Drop what is older than RETENTION_MONTHS whole months; return whether more is left to be done at once."""
    with lease("retention", seconds=LEASE_SECONDS) as ours:
        if not ours or not settings.RETENTION_MONTHS:
            return False
        try:
            _drop_months(Month.current().plus(-settings.RETENTION_MONTHS))
        except partitions.Busy:
            log.warning("months_not_dropped")
        since = _kept_since()
        return _sweep(since - MARGIN) if since else False


def _drop_months(oldest_kept: Month) -> None:
    """Drop the partitions before a month. One with a message that is not final stays, and somebody is told."""
    partitions.drop_detached()
    for partition in partitions.partitions():
        if partition.until > first_id(oldest_kept.start):
            return
        if partitions.has_open_messages(partition):
            alarming.sound(
                KEPT_BACK,
                partition.table,
                detail="This partition is older than RETENTION_MONTHS, but holds messages that are not final.",
                next_step="Find them in the admin by their status: release or cancel what is held.",
            )
        else:
            partitions.drop(partition)
            alarming.silence(KEPT_BACK, partition.table)


def _kept_since() -> datetime | None:
    """Return since when messages are kept, for sure; None when nobody can say."""
    kept = [partition.since for partition in partitions.partitions()]
    ends = partitions.ends_of_default()
    if ends:
        kept.append(ends[0])
    known = [since for since in kept if since]
    return moment_of(min(known)) if known and len(known) == len(kept) else None


# Each takes one page of a table from its old end, by its primary key, and deletes what nothing kept refers to; then
# the next page. In the order in which foreign keys allow it: attempts, chunks, batches. A chunk that was split stays
# until its children are gone, by the next run.
PAGE = """
WITH page AS (
    SELECT id FROM {table} WHERE id > %(after)s AND id < %(before)s ORDER BY id LIMIT %(limit)s
), gone AS (
    DELETE FROM {table} t USING page WHERE t.id = page.id AND {spare} RETURNING t.id
)
SELECT (SELECT id FROM page ORDER BY id DESC LIMIT 1), (SELECT count(*) FROM gone)
"""
BY_ID = {
    "messaging_deliveryreport": "true",
    "messaging_event": "true",
    "messaging_inboundmessage": "true",
    "messaging_upstreampayload": "t.state NOT IN ('started', 'received')",
    "messaging_attempt": "t.state NOT IN ('prepared', 'in_flight')",
    "messaging_chunk": "t.state = 'done'"
    " AND NOT EXISTS (SELECT FROM messaging_attempt a WHERE a.chunk_id = t.id)"
    " AND NOT EXISTS (SELECT FROM messaging_chunk c WHERE c.parent_id = t.id)",
    # Holds come first, see BY_TIME.
    "messaging_batch": "NOT EXISTS (SELECT FROM messaging_chunk c WHERE c.batch_id = t.id)"
    " AND NOT EXISTS (SELECT FROM messaging_hold h WHERE h.batch_id = t.id)",
}

# Small tables, read whole; readings are found from their old end, since their ids grow with their time.
BY_TIME = {
    # extra_mids_of_message.
    "messaging_extramid": "SELECT id FROM messaging_extramid WHERE message_id < %(before)s LIMIT %(limit)s",
    "messaging_alarm": "SELECT id FROM messaging_alarm WHERE ended_at < %(moment)s LIMIT %(limit)s",
    "messaging_hold": "SELECT id FROM messaging_hold WHERE ended_at < %(moment)s LIMIT %(limit)s",
    # hourly_count_once, code_count_once; an account has an hour of submission for each hour.
    "messaging_hourlycount": "SELECT id FROM messaging_hourlycount WHERE hour < %(moment)s LIMIT %(limit)s",
    "messaging_codecount": "SELECT id FROM messaging_codecount WHERE hour < %(moment)s LIMIT %(limit)s",
    "messaging_hourofsubmission": "SELECT id FROM messaging_hourofsubmission WHERE hour < %(moment)s LIMIT %(limit)s",
    "accounts_balancereading": "SELECT id FROM (SELECT id, read_at FROM accounts_balancereading ORDER BY id"
    " LIMIT %(limit)s) oldest WHERE read_at < %(moment)s",
}


def _sweep(moment: datetime) -> bool:
    """Delete what was made before a moment; return whether the time was up before the end."""
    until = time.monotonic() + MOST_SECONDS
    for table, oldest in BY_TIME.items():
        _sweep_by_time(table, oldest, moment, until)
    return any(_sweep_by_id(table, spare, first_id(moment), until) for table, spare in BY_ID.items())


def _sweep_by_time(table: str, oldest: str, moment: datetime, until: float) -> None:
    parameters: dict[str, Any] = {"moment": moment, "before": first_id(moment), "limit": AT_A_TIME}
    query = f"DELETE FROM {table} WHERE id IN ({oldest})"  # noqa: S608  (constants)
    deleted = AT_A_TIME
    while deleted and time.monotonic() < until:
        with connection.cursor() as cursor:
            cursor.execute(query, parameters)
            deleted = cursor.rowcount


def _sweep_by_id(table: str, spare: str, before: uuid.UUID, until: float) -> bool:
    parameters: dict[str, Any] = {"after": uuid.UUID(int=0), "before": before, "limit": AT_A_TIME}
    query = PAGE.format(table=table, spare=spare)
    while time.monotonic() < until:
        with connection.cursor() as cursor:
            cursor.execute(query, parameters)
            last, _deleted = cursor.fetchone()
        if last is None:
            return False
        parameters["after"] = last
    return True
