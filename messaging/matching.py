"""Which message a report is about: it is applied to it, or waits on the shelf until its `mid` turns up."""

import uuid
from collections.abc import Collection, Iterable, Sequence
from typing import Any, NamedTuple

import structlog
from django.db import connection

from messaging import alarming, arrays
from messaging.lifecycle import move
from messaging.mids import Owner, owners
from messaging.models import new_id, new_ids
from messaging.prepared import prepared_cursor
from messaging.states import EventKind
from messaging.vendor.items import ReportItem
from messaging.verdicts import said_of

log = structlog.get_logger(__name__)

SHELF_SECONDS = 72 * 3600  # a report whose message did not turn up in that time stays an orphan
MOST_AT_A_TIME = 5000


class Match(NamedTuple):
    """A report and the message it belongs to."""

    report_id: uuid.UUID
    message_id: uuid.UUID
    application_id: int
    stat: str


KEEP = """
INSERT INTO messaging_deliveryreport
    (id, upstream_account_id, payload_id, mid, mobile, stat, time_text, reported_at, access_code, message_id, event_id)
SELECT i.id, %(account)s, %(payload)s, i.mid, i.mobile, i.stat, i.time_text, i.reported_at, i.access_code,
       i.message_id, i.event_id
FROM unnest(%(ids)s::uuid[], %(mids)s::text[], %(mobiles)s::text[], %(stats)s::text[], %(times)s::text[],
            %(reported)s::timestamptz[], %(codes)s::text[], %(messages)s::uuid[], %(events)s::uuid[])
     AS i (id, mid, mobile, stat, time_text, reported_at, access_code, message_id, event_id)
ON CONFLICT DO NOTHING
"""

# Primary key.
KEPT = "SELECT id FROM messaging_deliveryreport WHERE id = ANY(%s::uuid[])"


def take_reports(account_id: int, payload_id: uuid.UUID, items: Sequence[ReportItem]) -> int:
    """Store reports, apply those whose message is known, shelve the others; inside a transaction.

    Return how many were new: the same report by pull and by push is one.
    """
    if not items:
        return 0
    # Stable, so of one message's reports the last stays the last. In one order for all, so two pages that have reports
    # in common can't deadlock on them.
    items = sorted(items, key=_pair)
    ids = new_ids(len(items))
    known = owners(account_id, [_pair(item) for item in items])
    event_ids = events_for(owner.application_id for owner in known.values())
    with prepared_cursor() as cursor:
        cursor.execute(KEEP, _columns(account_id, payload_id, items, ids, known, event_ids))
        fresh = _kept(ids, cursor.rowcount)
    stats = [(owner.message_id, items[place].stat) for place, owner in known.items() if ids[place] in fresh]
    apply(stats, event_ids)
    return len(fresh)


def _pair(item: ReportItem) -> tuple[str, str]:
    return item.mid, item.mobile


def _kept(ids: list[str], stored: int) -> Collection[str]:
    """The ids of the reports that were stored; the others were there before."""
    if stored == len(ids):
        return set(ids)
    with connection.cursor() as cursor:
        cursor.execute(KEPT, [arrays.texts(ids)])
        return {str(row[0]) for row in cursor.fetchall()}


def _columns(
    account_id: int,
    payload_id: uuid.UUID,
    items: Sequence[ReportItem],
    ids: list[str],
    known: dict[int, Owner],
    event_ids: dict[int, uuid.UUID],
) -> dict[str, Any]:
    owned = [known.get(place) for place in range(len(items))]
    return {
        "account": account_id,
        "payload": payload_id,
        "ids": arrays.texts(ids),
        "mids": arrays.texts([item.mid for item in items]),
        "mobiles": arrays.texts([item.mobile for item in items]),
        "stats": arrays.texts([item.stat for item in items]),
        "times": arrays.texts([item.time_raw for item in items]),
        "reported": arrays.moments([item.time for item in items]),
        "codes": arrays.texts([item.access_code for item in items]),
        "messages": arrays.uuids([owner.message_id if owner else None for owner in owned]),
        "events": arrays.uuids([event_ids[owner.application_id] if owner else None for owner in owned]),
    }


# reports_on_the_shelf serves it; the newest first, since the oldest are most likely orphans.
SHELVED = """
SELECT r.id, r.mid, r.mobile, r.stat FROM messaging_deliveryreport r
WHERE r.message_id IS NULL AND r.upstream_account_id = %(account)s
  AND r.received_at > statement_timestamp() - make_interval(secs => %(oldest)s)
  AND r.received_at <= statement_timestamp() - make_interval(secs => %(newest)s)
ORDER BY r.received_at DESC LIMIT %(limit)s FOR UPDATE SKIP LOCKED
"""

# What a recorded answer asks, so it must not cost more where many orphans lie: messages_of_mobile and extra_mid_once,
# then report_once or reports_on_the_shelf, whichever is shorter.
SHELVED_FOR_NUMBERS = """
SELECT r.id, r.mid, r.mobile, r.stat FROM messaging_deliveryreport r
WHERE r.message_id IS NULL AND r.upstream_account_id = %(account)s AND (r.mid, r.mobile) IN (
    SELECT m.mid, m.mobile FROM messaging_message m
    WHERE m.mobile = ANY(%(mobiles)s::text[]) AND m.upstream_account_id = %(account)s AND m.mid IS NOT NULL
    UNION
    SELECT x.mid, x.mobile FROM messaging_extramid x
    WHERE x.mobile = ANY(%(mobiles)s::text[]) AND x.upstream_account_id = %(account)s)
FOR UPDATE SKIP LOCKED
"""

TAKE_OFF_THE_SHELF = """
UPDATE messaging_deliveryreport r SET message_id = u.message_id, event_id = u.event_id, needs_review = false
FROM unnest(%s::uuid[], %s::uuid[], %s::uuid[]) AS u (id, message_id, event_id) WHERE r.id = u.id
"""


def match_shelf(
    account_id: int, mobiles: Sequence[str] | None = None, *, oldest: float = SHELF_SECONDS, newest: float = 0
) -> int:
    """Apply shelved reports whose `mid` is known by now; inside a transaction. Return how many messages moved.

    With numbers: all of theirs, by the exact `mid`. Without: those that came between `oldest` and `newest` seconds ago.
    """
    query = SHELVED if mobiles is None else SHELVED_FOR_NUMBERS
    with connection.cursor() as cursor:
        cursor.execute(
            query,
            {
                "account": account_id,
                "mobiles": list(mobiles or ()),
                "oldest": oldest,
                "newest": newest,
                "limit": MOST_AT_A_TIME,
            },
        )
        shelved = cursor.fetchall()
    known = owners(account_id, [(mid, mobile) for _id, mid, mobile, _stat in shelved])
    matches = [
        Match(shelved[place][0], owner.message_id, owner.application_id, shelved[place][3])
        for place, owner in known.items()
    ]
    return apply([(m.message_id, m.stat) for m in matches], take_off_the_shelf(matches))


def take_off_the_shelf(matches: Sequence[Match]) -> dict[int, uuid.UUID]:
    """Give shelved reports to their messages; return the ids of the events that shall tell of it."""
    event_ids = events_for(match.application_id for match in matches)
    if matches:
        with connection.cursor() as cursor:
            cursor.execute(
                TAKE_OFF_THE_SHELF,
                [
                    arrays.uuids([m.report_id for m in matches]),
                    arrays.uuids([m.message_id for m in matches]),
                    arrays.uuids([event_ids[m.application_id] for m in matches]),
                ],
            )
    return event_ids


def events_for(application_ids: Iterable[int]) -> dict[int, uuid.UUID]:
    """Name the event of each application beforehand, so that its reports can point at it."""
    return {application_id: new_id() for application_id in set(application_ids)}


def apply(reports: Iterable[tuple[uuid.UUID, str]], event_ids: dict[int, uuid.UUID]) -> int:
    """Move the messages as their reports, as (message, stat), say, in any order; return how many moved."""
    return move(said_of(reports), EventKind.REPORTED, event_ids=event_ids)


ATTACH = """
INSERT INTO messaging_extramid (upstream_account_id, message_id, mobile, mid)
SELECT %s, i.message_id, i.mobile, i.mid FROM unnest(%s::uuid[], %s::text[], %s::text[]) AS i (message_id, mobile, mid)
ON CONFLICT DO NOTHING
"""


def attach_extra_mids(account_id: int, rows: Sequence[tuple[uuid.UUID, str, str]]) -> None:
    """Remember further mids of messages, as (message, number, mid); `match_shelf` then finds what waits for them."""
    if rows:
        with connection.cursor() as cursor:
            cursor.execute(ATTACH, [account_id, *map(list, zip(*rows, strict=True))])


# messages_of_mobile; report_once, for the same mid at another number.
REPEATED = """
SELECT count(*), (SELECT name FROM accounts_upstreamaccount WHERE id = %(account)s)
FROM unnest(%(ids)s::uuid[], %(mobiles)s::text[], %(mids)s::text[]) AS i (id, mobile, mid)
WHERE EXISTS (SELECT FROM messaging_message m WHERE m.mobile = i.mobile AND m.mid = i.mid AND m.id <> i.id
                AND m.upstream_account_id = %(account)s)
   OR EXISTS (SELECT FROM messaging_deliveryreport r WHERE r.mid = i.mid AND r.upstream_account_id = %(account)s
                AND r.message_id <> i.id)
"""


def note_repeated_mids(account_id: int, rows: Sequence[tuple[uuid.UUID, str, str]]) -> int:
    """Sound an alarm when answered mids, as (message, number, mid), are known for older messages; return how many."""
    ids, mobiles, mids = (list(column) for column in zip(*rows, strict=True)) if rows else ([], [], [])
    with connection.cursor() as cursor:
        cursor.execute(REPEATED, {"account": account_id, "ids": ids, "mobiles": mobiles, "mids": mids})
        count, account = cursor.fetchone()
    if count:
        alarming.sound(
            "mid_used_twice",
            account,
            detail=f"The gateway answered {count} mids that older messages have. Reports go by mid and number.",
            next_step="Ask the vendor whether mids start anew: for one number, such reports can't be told apart.",
        )
    return int(count)
