"""Which message a report is about: same account, same `mid`, same number.

Messages are found by their number (an index on a column that never changes) and compared by `mid`, so recording five
hundred `mid`s touches no index. A long text may have several mids (PROTOCOL 3.16): it is delivered when all its parts
are, and undelivered when one of them failed.
"""

import uuid
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import structlog
from django.db import connection

from messaging import alarming
from messaging.lifecycle import Change, Moved, move
from messaging.models import new_id
from messaging.states import EventKind, State
from messaging.vendor.codes import Effect, Table, lookup
from messaging.vendor.items import ReportItem

log = structlog.get_logger(__name__)

SHELF_SECONDS = 72 * 3600  # a report whose message did not turn up in that time stays an orphan
MOST_AT_A_TIME = 5000
BLANKS = " \t\r\n"

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


@dataclass(frozen=True)
class Owner:
    """A message that may own a `mid`; not exact: only trimmed and in capitals are they the same."""

    message_id: uuid.UUID
    application_id: int
    exact: bool


# messages_of_mobile, extra_mid_once and the primary key, once for each pair.
KNOWN = """
SELECT i.n, k.id, k.application_id, k.mid = i.mid
FROM (
    SELECT mid, mobile, n, upper(btrim(mid, %(blanks)s)) AS spelt
    FROM unnest(%(mids)s::text[], %(mobiles)s::text[]) WITH ORDINALITY AS given (mid, mobile, n)
) i
CROSS JOIN LATERAL (
    SELECT m.id, m.application_id, m.mid FROM messaging_message m
    WHERE m.mobile = i.mobile AND m.upstream_account_id = %(account)s AND upper(btrim(m.mid, %(blanks)s)) = i.spelt
    UNION ALL
    SELECT m.id, m.application_id, x.mid FROM messaging_extramid x JOIN messaging_message m ON m.id = x.message_id
    WHERE x.mobile = i.mobile AND x.upstream_account_id = %(account)s AND upper(btrim(x.mid, %(blanks)s)) = i.spelt
) k ORDER BY k.id
"""


def owners(account_id: int, pairs: Sequence[tuple[str, str]]) -> dict[int, Owner]:
    """Return the message of each pair of `mid` and number that has one, by its place in `pairs`."""
    if not pairs:
        return {}
    found: dict[int, list[Owner]] = defaultdict(list)
    with connection.cursor() as cursor:
        cursor.execute(
            KNOWN,
            {
                "account": account_id,
                "mids": [mid for mid, _ in pairs],
                "mobiles": [mobile for _, mobile in pairs],
                "blanks": BLANKS,
            },
        )
        for place, *owner in cursor.fetchall():
            found[place - 1].append(Owner(*owner))
    chosen = {place: _choose(candidates) for place, candidates in found.items()}
    return {place: owner for place, owner in chosen.items() if owner}


def _choose(candidates: Sequence[Owner]) -> Owner | None:
    """An exact `mid` decides, the newest message's if a gateway used one twice; another spelling only if unique."""
    exact = [owner for owner in candidates if owner.exact]
    if exact:
        return exact[-1]
    return candidates[0] if len({owner.message_id for owner in candidates}) == 1 else None


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
    known = owners(account_id, [(item.mid, item.mobile) for item in items])
    return {
        place: Match(new_id(), owner.message_id, owner.application_id, items[place].stat)
        for place, owner in known.items()
    }


def _columns(
    account_id: int,
    payload_id: uuid.UUID,
    items: Sequence[ReportItem],
    found: dict[int, Match],
    event_ids: dict[int, uuid.UUID],
) -> dict[str, Any]:
    matches = [found.get(place) for place in range(len(items))]
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
) -> list[Moved]:
    """Apply shelved reports whose `mid` is known by now; inside a transaction. Return the messages that moved.

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
    return apply(matches, take_off_the_shelf(matches))


def take_off_the_shelf(matches: Sequence[Match]) -> dict[int, uuid.UUID]:
    """Give shelved reports to their messages; return the ids of the events that shall tell of it."""
    event_ids = events_for(matches)
    if matches:
        with connection.cursor() as cursor:
            cursor.execute(
                TAKE_OFF_THE_SHELF,
                [
                    [m.report_id for m in matches],
                    [m.message_id for m in matches],
                    [event_ids[m.application_id] for m in matches],
                ],
            )
    return event_ids


def events_for(matches: Iterable[Match]) -> dict[int, uuid.UUID]:
    """Name the event of each application beforehand, so that its reports can point at it."""
    return {application_id: new_id() for application_id in {m.application_id for m in matches}}


def apply(matches: Sequence[Match], event_ids: dict[int, uuid.UUID]) -> list[Moved]:
    """Move the messages as their reports say: DELIVRD before failure, whatever order they came in."""
    best: dict[uuid.UUID, Change] = {}
    for match in matches:
        change = verdict(match.message_id, match.stat)
        if change:
            best[match.message_id] = better(best.get(match.message_id), change)
    said = best | _of_parts(best)
    return move([change for change in said.values() if change], EventKind.REPORTED, event_ids=event_ids)


def verdict(message_id: uuid.UUID, stat: str) -> Change | None:
    """What a report makes of a message; one that is not final (ACCEPTD, ENROUTE, …) changes nothing."""
    code = lookup(Table.STAT, stat)
    if code.effect not in VERDICTS:
        return None
    state, certain = VERDICTS[code.effect]
    shown = None if state == State.DELIVERED else stat
    return Change(message_id, state, code_table=Table.STAT if shown else None, code=shown, certain=certain)


def better(one: Change | None, other: Change) -> Change:
    """Of two reports about the same: delivered, then a certain failure, then what came last."""
    ranks = [(c.state == State.DELIVERED, c.certain) for c in (one, other) if c]
    return one if one and ranks[0] > ranks[1] else other


# extra_mids_of_message finds the few that have parts; primary key and reports_of_message do the rest.
PARTS = """
WITH split AS (
    SELECT DISTINCT message_id FROM messaging_extramid WHERE message_id = ANY(%(messages)s)
), parts AS (
    SELECT x.message_id, x.mid FROM messaging_extramid x JOIN split USING (message_id)
    UNION SELECT m.id, m.mid FROM messaging_message m JOIN split ON split.message_id = m.id WHERE m.mid IS NOT NULL
)
SELECT p.message_id, p.mid, r.stat FROM parts p
LEFT JOIN messaging_deliveryreport r
  ON r.message_id = p.message_id AND upper(btrim(r.mid, %(blanks)s)) = upper(btrim(p.mid, %(blanks)s))
"""


def _of_parts(message_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, Change | None]:
    """What all reports together say of messages with several mids; None: parts are still awaited."""
    if not message_ids:
        return {}
    parts: dict[uuid.UUID, dict[str, Change | None]] = defaultdict(dict)
    with connection.cursor() as cursor:
        cursor.execute(PARTS, {"messages": list(message_ids), "blanks": BLANKS})
        for message_id, mid, stat in cursor.fetchall():
            said = verdict(message_id, stat) if stat else None
            so_far = parts[message_id].get(mid)
            parts[message_id][mid] = better(so_far, said) if said else so_far
    return {message_id: _whole(list(changes.values())) for message_id, changes in parts.items()}


def _whole(parts: Sequence[Change | None]) -> Change | None:
    failed = [part for part in parts if part and part.state != State.DELIVERED]
    if failed:
        return max(failed, key=lambda part: part.certain)
    return parts[0] if all(parts) else None


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
