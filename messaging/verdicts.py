"""What reports make of a message: DELIVRD before failure, whatever order they came in; all parts of a long text.

A long text may have several mids (PROTOCOL 3.16): it is delivered when all its parts are, and undelivered when one of
them failed.
"""

import uuid
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from functools import lru_cache

from django.db import connection

from messaging import arrays
from messaging.classification import classified
from messaging.lifecycle import Change
from messaging.states import State
from messaging.vendor.codes import Code, Effect, Table, lookup

BLANKS = " \t\r\n"

VERDICTS = {
    Effect.DELIVERED: (State.DELIVERED, True),
    Effect.FAILED: (State.UNDELIVERED, True),
    Effect.FAILED_UNCERTAIN: (State.UNDELIVERED, False),
}


def verdict(message_id: uuid.UUID, stat: str, mid: str | None = None) -> Change | None:
    """What a report makes of a message; one that is not final (ACCEPTD, ENROUTE, …) changes nothing.

    `mid`, if given, becomes the message's own.
    """
    said = _meaning(stat)
    if said is None:
        return None
    state, certain = said
    shown = None if state == State.DELIVERED else stat
    return Change(message_id, state, mid, Table.STAT if shown else None, shown, certain)


def _meaning(stat: str) -> tuple[State, bool] | None:
    return VERDICTS.get(classified(_looked_up(stat)).effect)


@lru_cache(maxsize=1024)  # a page of thousands has a handful of them
def _looked_up(stat: str) -> Code:
    return lookup(Table.STAT, stat)


def better(one: Change | None, other: Change) -> Change:
    """Of two reports about the same: delivered, then a certain failure, then what came last."""
    ranks = [(c.state == State.DELIVERED, c.certain) for c in (one, other) if c]
    return one if one and ranks[0] > ranks[1] else other


def said_of(reports: Iterable[tuple[uuid.UUID, str]]) -> list[Change]:
    """Return what reports, as (message, stat), make of their messages; inside the transaction that stored them."""
    best: dict[uuid.UUID, Change] = {}
    for message_id, stat in reports:
        if change := verdict(message_id, stat):
            known = best.get(message_id)
            best[message_id] = better(known, change) if known else change
    return [change for change in (best | _of_parts(best)).values() if change]


ANY_PARTS = "SELECT EXISTS (SELECT FROM messaging_extramid)"  # most gateways never split a text

# extra_mids_of_message finds the few that have parts; primary key and reports_of_message do the rest.
PARTS = """
WITH split AS (
    SELECT DISTINCT message_id FROM messaging_extramid WHERE message_id = ANY(%(messages)s::uuid[])
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
        cursor.execute(ANY_PARTS)
        if not cursor.fetchone()[0]:
            return {}
        cursor.execute(PARTS, {"messages": arrays.uuids(list(message_ids)), "blanks": BLANKS})
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
