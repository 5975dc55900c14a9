"""The invariants of FAULTS section 4, asked of the database in SQL and of the gateway's ledger.

They hold for a whole database: whatever a test did before, none of this may be found.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Rows = Sequence[Sequence[Any]]
Query = Callable[[str], Rows]
Ledger = Sequence[Mapping[str, Any]]

# A message's status as readers see it: its row's, combined with its chunk's.
MESSAGES = """
SELECT m.id, m.mobile, m.possible_duplicate, m.state,
       coalesce((SELECT c.state FROM messaging_chunk c WHERE c.id = m.chunk_id AND m.id = ANY(c.members)), ''),
       (SELECT count(*) FROM messaging_queuedsingle s WHERE s.message_id = m.id)
FROM messaging_message m
"""
BATCHES = """
SELECT b.id, b.accepted, count(m.id), (SELECT count(DISTINCT member) FROM messaging_chunk c, unnest(c.members) member
                                         WHERE c.batch_id = b.id)
FROM messaging_batch b LEFT JOIN messaging_message m ON m.batch_id = b.id GROUP BY b.id
"""
OVERDUE = """
SELECT count(*) FROM messaging_attempt WHERE state IN ('prepared', 'in_flight')
   AND lease_until < statement_timestamp() - interval '30 seconds'
"""
ORPHANED = """
SELECT count(*) FROM messaging_chunk c WHERE c.state = 'submitting'
   AND NOT EXISTS (SELECT FROM messaging_attempt t WHERE t.chunk_id = c.id AND t.state IN ('prepared', 'in_flight'))
"""
NOT_SENT = frozenset({"queued", "expired", "cancelled", "rejected"})
WAITS_IN = frozenset({"queued", "held", "submitting"})


@dataclass(frozen=True)
class Findings:
    """What was counted, and each breach in a sentence that names no number and no text."""

    messages: int = 0
    lost: list[str] = field(default_factory=list)
    duplicates: list[str] = field(default_factory=list)
    breaches: list[str] = field(default_factory=list)

    def everything(self) -> list[str]:
        return self.lost + self.duplicates + self.breaches


@dataclass(frozen=True)
class _Message:
    id: Any
    mobile: str
    flagged: bool
    state: str
    chunk: str
    singles: int

    @property
    def stranded(self) -> bool:
        """It says that it waits, and nothing will ever pick it up."""
        return self.state == "queued" and self.chunk not in WAITS_IN and not self.singles

    @property
    def says_not_sent(self) -> bool:
        return self.state in NOT_SENT and self.chunk != "submitting"


def check(
    query: Query, ledger: Ledger | None = None, *, rows_were_bent: bool = False, settled: bool = False
) -> Findings:
    """Look for every breach.

    `rows_were_bent`: the gateway took what its scripted answer refused. `settled`: the sweepers had their time.
    """
    messages = [_Message(*row) for row in query(MESSAGES)]
    return Findings(
        messages=len(messages),
        lost=_lost(messages, query),
        duplicates=_sent_twice(messages, ledger or ()),
        breaches=[*_contradicted(messages, ledger or (), rows_were_bent), *_stuck(query, settled)],
    )


def _lost(messages: Sequence[_Message], query: Query) -> list[str]:
    """I1, I4: what was accepted is there, once, and something will pick up what waits."""
    stranded = [f"message {m.id} is queued, but in no queue" for m in messages if m.stranded]
    twice = [f"message {m.id} waits in two queues" for m in messages if m.singles and m.chunk in WAITS_IN]
    missing = [
        f"batch {pk} accepted {accepted} messages and has {there}, {in_chunks} in chunks"
        for pk, accepted, there, in_chunks in query(BATCHES)
        if not accepted == there == in_chunks
    ]
    return stranded + twice + missing


def _by_mobile(messages: Sequence[_Message]) -> dict[str, list[_Message]]:
    found: dict[str, list[_Message]] = defaultdict(list)
    for message in messages:
        found[message.mobile].append(message)
    return found


def _sent_twice(messages: Sequence[_Message], ledger: Ledger) -> list[str]:
    """I2: the gateway took no more messages for a number than we have, unless one says that it may be a second copy."""
    taken = Counter(row["mobile"] for row in ledger)
    return [
        f"{taken[mobile]} messages reached the gateway where {len(ours)} were accepted: {ours[0].id}"
        for mobile, ours in _by_mobile(messages).items()
        if taken[mobile] > len(ours) and not any(m.flagged for m in ours)
    ]


def _contradicted(messages: Sequence[_Message], ledger: Ledger, bent: bool) -> list[str]:
    """I3: the gateway took it, and we say that it was not sent."""
    taken = Counter(row["mobile"] for row in ledger)
    found = []
    for mobile, ours in _by_mobile(messages).items():
        denied = [m for m in ours if m.says_not_sent and not (bent and m.state == "rejected")]
        if taken[mobile] > len(ours) - len(denied) and not any(m.flagged for m in ours):
            found.append(f"message {denied[0].id if denied else ours[0].id} says it was not sent, and was")
    return found


def _stuck(query: Query, settled: bool) -> list[str]:
    """I6: nothing is being submitted longer than its lease and a sweep, nor by nobody."""
    overdue, orphaned = settled and query(OVERDUE)[0][0], query(ORPHANED)[0][0]
    return [
        *([f"{overdue} attempts live half a minute beyond their lease"] if overdue else []),
        *([f"{orphaned} chunks are being submitted by nobody"] if orphaned else []),
    ]


# The parallel arrays of the feed, message by message, in the order of the changes.
HISTORY = """
SELECT m.id, m.state, array_agg(h.status ORDER BY h.serial), count(*) FILTER (WHERE h.kind = 'accepted')
FROM messaging_message m
JOIN (SELECT e.serial, e.kind, u.message_id, u.status
      FROM messaging_event e, unnest(e.message_ids, e.statuses) AS u (message_id, status)) h ON h.message_id = m.id
GROUP BY m.id, m.state
"""
# Positions that go back where a message's changes went on.
OUT_OF_ORDER = """
SELECT DISTINCT message_id FROM (
    SELECT message_id, position < lag(position) OVER (PARTITION BY message_id ORDER BY serial) AS back
    FROM messaging_event, unnest(message_ids) AS message_id WHERE position IS NOT NULL) steps
WHERE back
"""
PASSING = frozenset({"submitting", "held"})


def check_history(query: Query) -> list[str]:
    """I7: each change is one item of the feed, and the last one says what the row says."""
    found = [f"the feed tells the changes of message {pk} in another order" for (pk,) in query(OUT_OF_ORDER)]
    for pk, state, statuses, accepted in query(HISTORY):
        if accepted != 1:
            found.append(f"message {pk} was accepted {accepted} times, says the feed")
        if statuses[-1] != state and not (state == "queued" and statuses[-1] in PASSING):
            found.append(f"message {pk} is {state}, and the feed ends with {statuses[-1]}")
        final = [s for s in statuses if s in {"submitted", "unknown", "rejected", "expired", "cancelled"}]
        if len(final) != len(set(final)):
            found.append(f"message {pk} changed to the same state twice: {statuses}")
    return found
