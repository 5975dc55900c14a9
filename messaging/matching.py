"""Which message a report is about: same account, same `mid`, same number.

Messages are found by their number (an index on a column that never changes) and compared by `mid`, so recording five
hundred `mid`s touches no index.
"""

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection

from messaging.lifecycle import Change, Moved, move
from messaging.models import ExtraMid, new_id
from messaging.states import EventKind, State
from messaging.vendor.codes import Effect, Table, lookup
from messaging.vendor.items import ReportItem

VERDICTS = {
    Effect.DELIVERED: (State.DELIVERED, True),
    Effect.FAILED: (State.UNDELIVERED, True),
    Effect.FAILED_UNCERTAIN: (State.UNDELIVERED, False),
}


@dataclass(frozen=True)
class Match:
    """A report and the message it belongs to."""

    report_id: uuid.UUID
    message_id: uuid.UUID
    application_id: int
    stat: str


# messages_of_mobile serves the join.
FIND = """
SELECT i.n, m.id, m.application_id
FROM unnest(%(mids)s::text[], %(mobiles)s::text[]) WITH ORDINALITY AS i (mid, mobile, n)
JOIN messaging_message m ON m.mobile = i.mobile AND m.mid = i.mid AND m.upstream_account_id = %(account)s
"""

KEEP = """
INSERT INTO messaging_deliveryreport
    (id, upstream_account_id, payload_id, mid, mobile, stat, time_text, reported_at, access_code, message_id, event_id)
SELECT i.id, %(account)s, %(payload)s, i.mid, i.mobile, i.stat, i.time_text, i.reported_at, i.access_code,
       i.message_id, i.event_id
FROM unnest(%(ids)s::uuid[], %(mids)s::text[], %(mobiles)s::text[], %(stats)s::text[], %(times)s::text[],
            %(reported)s::timestamptz[], %(codes)s::text[], %(messages)s::uuid[], %(events)s::uuid[])
     AS i (id, mid, mobile, stat, time_text, reported_at, access_code, message_id, event_id)
ON CONFLICT DO NOTHING
RETURNING id
"""


def take_reports(account_id: int, payload_id: uuid.UUID, items: Sequence[ReportItem]) -> int:
    """Store reports, apply those whose message is known, shelve the others; inside a transaction.

    Return how many were new: the same report by pull and by push is one.
    """
    if not items:
        return 0
    found = _find(account_id, items)
    event_ids = events_for(found.values())
    with connection.cursor() as cursor:
        cursor.execute(KEEP, _columns(account_id, payload_id, items, found, event_ids))
        fresh = {row[0] for row in cursor.fetchall()}
    apply([match for match in found.values() if match.report_id in fresh], event_ids)
    return len(fresh)


def _find(account_id: int, items: Sequence[ReportItem]) -> dict[int, Match]:
    """Return the match of each item that has one, by its place in `items`."""
    with connection.cursor() as cursor:
        cursor.execute(
            FIND,
            {"account": account_id, "mids": [i.mid for i in items], "mobiles": [i.mobile for i in items]},
        )
        return {
            n - 1: Match(new_id(), message_id, application_id, items[n - 1].stat)
            for n, message_id, application_id in cursor.fetchall()
        }


def _columns(
    account_id: int,
    payload_id: uuid.UUID,
    items: Sequence[ReportItem],
    found: dict[int, Match],
    event_ids: dict[int, uuid.UUID],
) -> dict[str, Any]:
    matches = [found.get(n) for n in range(len(items))]
    return {
        "account": account_id,
        "payload": payload_id,
        "ids": [match.report_id if match else new_id() for match in matches],
        "mids": [item.mid for item in items],
        "mobiles": [item.mobile for item in items],
        "stats": [item.stat for item in items],
        "times": [item.time_raw for item in items],
        "reported": [item.time for item in items],
        "codes": [item.access_code for item in items],
        "messages": [match.message_id if match else None for match in matches],
        "events": [event_ids[match.application_id] if match else None for match in matches],
    }


# The shelf is its own partial index, reports_on_the_shelf; messages_of_mobile serves the join.
SHELVED = """
SELECT r.id, m.id, m.application_id, r.stat
FROM messaging_deliveryreport r
JOIN messaging_message m
  ON m.mobile = r.mobile AND m.mid = r.mid AND m.upstream_account_id = r.upstream_account_id
WHERE r.message_id IS NULL AND r.upstream_account_id = %(account)s
  AND (%(mobiles)s::text[] IS NULL OR r.mobile = ANY(%(mobiles)s::text[]))
FOR UPDATE OF r SKIP LOCKED
"""

TAKE_OFF_THE_SHELF = """
UPDATE messaging_deliveryreport r SET message_id = u.message_id, event_id = u.event_id
FROM unnest(%s::uuid[], %s::uuid[], %s::uuid[]) AS u (id, message_id, event_id) WHERE r.id = u.id
"""


def match_shelf(account_id: int, mobiles: Sequence[str] | None = None) -> list[Moved]:
    """Apply shelved reports whose `mid` is known by now; inside a transaction. Return the messages that moved."""
    with connection.cursor() as cursor:
        cursor.execute(
            SHELVED, {"account": account_id, "mobiles": None if mobiles is None else list(mobiles)}
        )
        matches = [Match(*row) for row in cursor.fetchall()]
        if not matches:
            return []
        event_ids = events_for(matches)
        cursor.execute(
            TAKE_OFF_THE_SHELF,
            [
                [m.report_id for m in matches],
                [m.message_id for m in matches],
                [event_ids[m.application_id] for m in matches],
            ],
        )
    return apply(matches, event_ids)


def events_for(matches: Iterable[Match]) -> dict[int, uuid.UUID]:
    """Name the event of each application beforehand, so that its reports can point at it."""
    return {application_id: new_id() for application_id in {m.application_id for m in matches}}


def apply(matches: Sequence[Match], event_ids: dict[int, uuid.UUID]) -> list[Moved]:
    """Move the messages as their reports say: DELIVRD before failure, whatever order they came in."""
    best: dict[uuid.UUID, Change] = {}
    for match in matches:
        change = _verdict(match)
        if change and (match.message_id not in best or change.state == State.DELIVERED):
            best[match.message_id] = change
    return move(list(best.values()), EventKind.REPORTED, event_ids=event_ids)


def _verdict(match: Match) -> Change | None:
    """A report that is not final (ACCEPTD, ENROUTE, …) changes nothing."""
    code = lookup(Table.STAT, match.stat)
    if code.effect not in VERDICTS:
        return None
    state, certain = VERDICTS[code.effect]
    shown = None if state == State.DELIVERED else match.stat
    return Change(
        match.message_id, state, code_table=Table.STAT if shown else None, code=shown, certain=certain
    )


def attach_extra_mids(account_id: int, extra: Sequence[tuple[uuid.UUID, str, str]]) -> None:
    """Remember further `mid`s of messages, as (message, mobile, mid): a long text reported part by part."""
    ExtraMid.objects.bulk_create(
        [
            ExtraMid(upstream_account_id=account_id, message_id=message_id, mobile=mobile, mid=mid)
            for message_id, mobile, mid in extra
        ],
        ignore_conflicts=True,
    )
