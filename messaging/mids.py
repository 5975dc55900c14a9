"""Whose a `mid` is: same account, same `mid`, same number.

Messages are found by their number (an index on a column that never changes) and compared by `mid`, so recording five
hundred `mid`s touches no index.
"""

import uuid
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, NamedTuple

from django.db import connection
from django.utils import timezone

from messaging import arrays
from messaging.ids import first_id
from messaging.verdicts import BLANKS

# A message is given up 72 hours after it was sent, so nearly every report is about an id of these days. A look-up that
# names both ends of them reads one month's index, or two, however many months there are.
RECENT = timedelta(days=4)
CLOCKS_APART = timedelta(days=1)  # ids are made by the clocks of many machines

Pair = tuple[str, str]


class Owner(NamedTuple):
    """A message that owns a `mid`."""

    message_id: uuid.UUID
    application_id: int


@dataclass(frozen=True)
class Candidate:
    """A message that may own a `mid`; not exact: only trimmed and in capitals are they the same."""

    owner: Owner
    exact: bool


def owners(account_id: int, pairs: Sequence[Pair]) -> dict[int, Owner]:
    """Return the message of each pair of `mid` and number that has one, by its place in `pairs`.

    First by the exact `mid` among the messages of the last days; only what is not found there is looked for among all
    of them, and in other spellings.
    """
    found = _recent_owners(account_id, pairs)
    missing = [place for place in range(len(pairs)) if place not in found] if len(found) < len(pairs) else []
    anywhere = _owners_anywhere(account_id, [pairs[place] for place in missing])
    return found | {missing[n]: owner for n, owner in anywhere.items()}


# messages_of_mobile, of the partitions that can have such ids; then extra_mid_once and the primary key. OFFSET 0: one
# look-up for each pair, whatever the planner believes of a table that has just grown.
RECENTLY = """
WITH given AS MATERIALIZED (
    SELECT * FROM unnest(%(mids)s::text[], %(mobiles)s::text[]) WITH ORDINALITY AS given (mid, mobile, n)
)
SELECT g.n, m.id, m.application_id FROM given g CROSS JOIN LATERAL (
    SELECT id, application_id FROM messaging_message
    WHERE mobile = g.mobile AND id >= %(since)s AND id < %(until)s AND upstream_account_id = %(account)s AND mid = g.mid
    OFFSET 0
) m
UNION ALL
SELECT g.n, m.id, m.application_id
FROM messaging_extramid x JOIN given g ON x.mobile = g.mobile AND x.mid = g.mid
JOIN messaging_message m ON m.id = x.message_id AND m.id >= %(since)s AND m.id < %(until)s
WHERE x.upstream_account_id = %(account)s
"""


def _recent_owners(account_id: int, pairs: Sequence[Pair]) -> dict[int, Owner]:
    found: dict[int, Owner] = {}
    for place, message_id, application_id in _look_up(RECENTLY, account_id, pairs):
        known = found.get(place - 1)
        if known is None or known.message_id < message_id:
            found[place - 1] = Owner(message_id, application_id)
    return found


# messages_of_mobile, extra_mid_once and the primary key, once for each pair.
ANYWHERE = """
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


def _owners_anywhere(account_id: int, pairs: Sequence[Pair]) -> dict[int, Owner]:
    found: dict[int, list[Candidate]] = defaultdict(list)
    for place, message_id, application_id, exact in _look_up(ANYWHERE, account_id, pairs):
        found[place - 1].append(Candidate(Owner(message_id, application_id), exact))
    chosen = {place: _choose(candidates) for place, candidates in found.items()}
    return {place: owner for place, owner in chosen.items() if owner}


def _choose(candidates: Sequence[Candidate]) -> Owner | None:
    """An exact `mid` decides, the newest message's if a gateway used one twice; another spelling only if unique."""
    exact = [candidate.owner for candidate in candidates if candidate.exact]
    if exact:
        return exact[-1]
    alike = {candidate.owner for candidate in candidates}
    return alike.pop() if len(alike) == 1 else None


def _look_up(query: str, account_id: int, pairs: Sequence[Pair]) -> list[Any]:
    if not pairs:
        return []
    mids, mobiles = zip(*pairs, strict=True)
    now = timezone.now()
    parameters: dict[str, Any] = {
        "account": account_id,
        "mids": arrays.texts(mids),
        "mobiles": arrays.texts(mobiles),
        "blanks": BLANKS,
        "since": first_id(now - RECENT),
        "until": first_id(now + CLOCKS_APART),
    }
    with connection.cursor() as cursor:
        cursor.execute(query, parameters)
        found: list[Any] = cursor.fetchall()
        return found
