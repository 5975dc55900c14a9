"""Events of one application: what happened to each of its messages, in order."""

import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from messaging import arrays
from messaging.feed.places import Place, after_set
from messaging.states import TOLD_BY_KIND, event_type

MOST_SECONDS = 2.0  # of passing over what is not of the wanted type
SETS_LOOKED_THROUGH = 500  # at a time, for items of one type


@dataclass(frozen=True)
class Item:
    """What happened to one message. What its month's partition took along when it was dropped is None."""

    id: str
    type: str
    at: datetime
    message_id: uuid.UUID
    status: str
    code: str | None
    mid: str | None
    mobile: str | None
    reference: str | None


@dataclass(frozen=True)
class Page:
    """Items, and where to go on. `more`: the time was up before the page was full or the feed at its end."""

    items: Sequence[Item]
    following: Place
    more: bool = False


@dataclass(frozen=True)
class _Found:
    """One entry of a set."""

    event_id: uuid.UUID
    position: int
    kind: str
    at: datetime
    index: int
    message_id: uuid.UUID
    status: str
    code: str | None
    mid: str | None


def read_events(application_id: int, place: Place, limit: int, wanted: str | None = None) -> Page:
    """Return up to `limit` items from a place on, of one type or of all. `number` makes them up to date."""
    until = time.monotonic() + MOST_SECONDS
    found: list[_Found] = []
    while len(found) < limit:
        end = _end_of_window(application_id, place, SETS_LOOKED_THROUGH if wanted else limit + 1)
        if end is None:
            return Page(_items(found), place)
        found += _entries(application_id, place, end, limit - len(found), wanted)
        if len(found) == limit:
            break
        place = after_set(end)
        if time.monotonic() > until:
            return Page(_items(found), place, more=True)
    return Page(_items(found), Place(found[-1].position, found[-1].index + 1))


# events_of_feed, and nothing but it.
WINDOW = """
SELECT max(position) FROM (
    SELECT position FROM messaging_event
    WHERE application_id = %(application)s AND position >= %(position)s ORDER BY position LIMIT %(sets)s) w
"""


def _end_of_window(application_id: int, place: Place, sets: int) -> int | None:
    """Return the position of the last of the next sets; None at the feed's end."""
    with connection.cursor() as cursor:
        cursor.execute(WINDOW, {"application": application_id, "position": place.position, "sets": sets})
        end: int | None = cursor.fetchone()[0]
        return end


# events_of_feed. A set is cut to what can stand on the page before its arrays are taken apart, and LIMIT ends the walk
# over the sets: a page of 50 costs the same whether the sets have one member or ten thousand.
ENTRIES = """
SELECT e.id, e.position, e.kind, e.at, passed + m.place::int - 1, m.message_id, m.status, m.code, m.mid
FROM messaging_event e
CROSS JOIN LATERAL (SELECT CASE WHEN e.position = %(position)s THEN %(entry)s ELSE 0 END AS passed) AS before
CROSS JOIN LATERAL unnest(
    e.message_ids[passed + 1 : passed + %(reach)s], e.statuses[passed + 1 : passed + %(reach)s],
    e.codes[passed + 1 : passed + %(reach)s], e.mids[passed + 1 : passed + %(reach)s]
) WITH ORDINALITY AS m (message_id, status, code, mid, place)
WHERE e.application_id = %(application)s AND e.position BETWEEN %(position)s AND %(end)s AND {wanted}
ORDER BY e.position, m.place LIMIT %(limit)s
"""
ALL = ENTRIES.format(wanted="true")
OF_KIND = ENTRIES.format(wanted="e.kind = %(wanted)s")
OF_STATUS = ENTRIES.format(
    wanted="e.kind <> ALL(%(told)s) AND %(wanted)s = ANY(e.statuses) AND m.status = %(wanted)s"
)
WHOLE = 1_000_000  # a set has ten thousand members at most


def _entries(application_id: int, place: Place, end: int, limit: int, wanted: str | None) -> list[_Found]:
    name = (wanted or "").removeprefix("message.")
    by_kind = not name or name in TOLD_BY_KIND
    query = ALL if not name else OF_KIND if by_kind else OF_STATUS
    parameters: dict[str, Any] = {
        "application": application_id,
        "position": place.position,
        "entry": place.entry,
        "end": end,
        "reach": limit if by_kind else WHOLE,
        "wanted": name,
        "told": sorted(TOLD_BY_KIND),
        "limit": limit,
    }
    with connection.cursor() as cursor:
        cursor.execute(query, parameters)
        return [_Found(*row) for row in cursor.fetchall()]


def _items(found: Sequence[_Found]) -> list[Item]:
    known = _messages([entry.message_id for entry in found])
    return [_item(entry, *known.get(entry.message_id, (None, None))) for entry in found]


# The primary key; the planner sees the ids, so it leaves other partitions alone.
MESSAGES = "SELECT id, mobile, reference FROM messaging_message WHERE id = ANY(%s::uuid[])"


def _messages(ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, tuple[str, str | None]]:
    """Return number and reference of the messages that are still there."""
    if not ids:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(MESSAGES, [arrays.uuids(ids)])
        return {pk: (mobile, reference) for pk, mobile, reference in cursor.fetchall()}


def _item(found: _Found, mobile: str | None, reference: str | None) -> Item:
    return Item(
        id=f"{found.event_id}.{found.index}",
        type=event_type(found.kind, found.status),
        at=found.at,
        message_id=found.message_id,
        status=found.status,
        code=found.code,
        mid=found.mid,
        mobile=mobile,
        reference=reference,
    )
