"""Reports for answers that were lost: the only evidence that such a message was sent (PROTOCOL 3.13).

A `mid` that was never answered to us is adopted when there is exactly one message it can belong to. What follows from
it is marked, and a real answer that brings this `mid`, or another one for that message, undoes it.
"""

import uuid
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import structlog
from django.db import connection

from messaging.lifecycle import Change, move, tell
from messaging.matching import Match, take_off_the_shelf
from messaging.mids import owners
from messaging.models import DeliveryReport
from messaging.states import EventKind
from messaging.verdicts import better, verdict

log = structlog.get_logger(__name__)

MOST_NUMBERS = 1000
INFERRED, WITHDRAWN = "inferred", "inference_withdrawn"


@dataclass(frozen=True)
class Waiting:
    """A report on the shelf."""

    report_id: uuid.UUID
    mid: str
    stat: str


@dataclass(frozen=True)
class Candidate:
    """A message whose answer was lost."""

    message_id: uuid.UUID
    application_id: int
    chunk_id: uuid.UUID
    content: str


@dataclass(frozen=True)
class Possible:
    """One way it may have been: this report is about that message."""

    mobile: str
    report: Waiting
    message: Candidate


# reports_on_the_shelf, then messages_of_mobile.
NUMBERS = """
SELECT DISTINCT r.mobile FROM messaging_deliveryreport r
WHERE r.message_id IS NULL AND r.upstream_account_id = %(account)s
  AND r.received_at > statement_timestamp() - make_interval(secs => %(oldest)s)
  AND r.received_at <= statement_timestamp() - make_interval(secs => %(newest)s)
  AND EXISTS (SELECT FROM messaging_message m WHERE m.mobile = r.mobile AND m.upstream_account_id = %(account)s
                AND m.state IN ('unknown', 'unresolved'))
LIMIT %(limit)s
"""

# A number is quiet when nothing of it is being sent or waits for stray reports, and no report of it has just come:
# otherwise the answer that settles it may still be under way. reports_on_the_shelf, messages_of_mobile, and the chunk's
# attempts by their foreign key.
QUIET = """
SELECT w.mobile FROM unnest(%(mobiles)s::text[]) AS w (mobile)
WHERE NOT EXISTS (
    SELECT FROM messaging_deliveryreport r
    WHERE r.message_id IS NULL AND r.upstream_account_id = %(account)s AND r.mobile = w.mobile
      AND r.received_at > statement_timestamp() - make_interval(secs => %(quiet)s))
AND NOT EXISTS (
    SELECT FROM messaging_message m JOIN messaging_chunk c ON c.id = m.chunk_id
    WHERE m.mobile = w.mobile AND m.state = 'queued' AND (c.suspect OR EXISTS (
        SELECT FROM messaging_attempt t WHERE t.chunk_id = c.id AND t.upstream_account_id = %(account)s
          AND t.state IN ('prepared', 'in_flight'))))
"""

# reports_on_the_shelf, messages_of_mobile, primary keys, and the chunk's attempts by their foreign key. One clock, the
# database's, says that the call came before the report; the gateway's clock may be five minutes off. A message whose
# inference was withdrawn is still without a mid: it stays a candidate, or another would look like the only one.
POSSIBLE = """
SELECT r.mobile, r.id, r.mid, r.stat, m.id, m.application_id, m.chunk_id, coalesce(m.content, b.content)
FROM messaging_deliveryreport r
JOIN messaging_message m ON m.mobile = r.mobile AND m.upstream_account_id = r.upstream_account_id
LEFT JOIN messaging_batch b ON b.id = m.batch_id
CROSS JOIN LATERAL (
    SELECT t.called_at, t.extno FROM messaging_attempt t
    WHERE t.chunk_id = m.chunk_id AND t.upstream_account_id = r.upstream_account_id
      AND t.state IN ('answered', 'refused', 'unknown') AND m.id <> ALL(t.left_out)
    ORDER BY t.called_at DESC LIMIT 1
) called
WHERE r.message_id IS NULL AND r.upstream_account_id = %(account)s AND r.mobile = ANY(%(mobiles)s::text[])
  AND r.received_at > statement_timestamp() - make_interval(secs => %(oldest)s)
  AND m.mid IS NULL AND m.state IN ('unknown', 'unresolved', 'delivered', 'undelivered')
  AND called.called_at <= r.received_at
  AND called.called_at <= coalesce(r.reported_at, r.received_at) + interval '5 minutes'
  AND (starts_with(r.access_code, called.extno) OR starts_with(called.extno, r.access_code))
ORDER BY m.id, r.id FOR UPDATE OF m FOR UPDATE OF r SKIP LOCKED
"""


def infer(account_id: int, *, oldest: float, newest: float, quiet: float, shelf: float) -> int:
    """Resolve unknown messages by reports that came between `oldest` and `newest` seconds ago; inside a transaction.

    Return how many. `quiet`: seconds for which no report of the number has come. All of its reports of `shelf` seconds
    are weighed.
    """
    parameters = {
        "account": account_id,
        "oldest": oldest,
        "newest": newest,
        "limit": MOST_NUMBERS,
        "quiet": quiet,
    }
    with connection.cursor() as cursor:
        cursor.execute(NUMBERS, parameters)
        numbers = [row[0] for row in cursor.fetchall()]
        if not numbers:
            return 0
        cursor.execute(QUIET, parameters | {"mobiles": numbers})
        numbers = [row[0] for row in cursor.fetchall()]
        cursor.execute(POSSIBLE, parameters | {"mobiles": numbers, "oldest": shelf})
        possible = [Possible(row[0], Waiting(*row[1:4]), Candidate(*row[4:])) for row in cursor.fetchall()]
    final = [p for p in possible if verdict(p.message.message_id, p.report.stat)]
    return sum(_settle(number) for number in _by_number(_free(account_id, final)))


def _settle(possible: Sequence[Possible]) -> int:
    adopted = decide(possible)
    moved = 0
    for message, mid in adopted:
        moved += _adopt(message, [p.report for p in possible if p.message == message and p.report.mid == mid])
    mids = {mid for _message, mid in adopted}
    unclear = {p.report.report_id for p in possible if p.report.mid not in mids}
    DeliveryReport.objects.filter(pk__in=unclear, needs_review=False).update(needs_review=True)
    return moved


def _by_number(possible: Iterable[Possible]) -> Iterable[list[Possible]]:
    numbers: dict[str, list[Possible]] = defaultdict(list)
    for one in possible:
        numbers[one.mobile].append(one)
    return numbers.values()


def decide(possible: Sequence[Possible]) -> list[tuple[Candidate, str]]:
    """Return which message gets which `mid`, for one number: only what can't be otherwise."""
    ways: dict[str, set[Candidate]] = defaultdict(set)
    for one in possible:
        ways[one.report.mid].add(one.message)
    adopted: list[tuple[Candidate, str]] = []
    while sole := _sole(ways):
        mid, message = sole
        adopted.append((message, mid))
        ways = {other: messages - {message} for other, messages in ways.items() if other != mid}
    stats = {one.report.stat for one in possible if one.report.mid in ways}
    return adopted + (_alike(ways) if len(stats) == 1 else [])


def _sole(ways: dict[str, set[Candidate]]) -> tuple[str, Candidate] | None:
    """A mid with one message that no other mid claims alone."""
    alone = [(mid, next(iter(messages))) for mid, messages in ways.items() if len(messages) == 1]
    claimed = [message for _mid, message in alone]
    return next(((mid, message) for mid, message in alone if claimed.count(message) == 1), None)


def _alike(ways: dict[str, set[Candidate]]) -> list[tuple[Candidate, str]]:
    """As many mids as messages of one application with one text, each fitting each: whichever is whose, all is said."""
    groups = list(ways.values())
    messages = sorted(groups[0], key=lambda m: m.message_id) if groups else []
    same = len({(m.application_id, m.content) for m in messages}) == 1
    whole = all(group == groups[0] for group in groups) and len(messages) == len(ways)
    return list(zip(messages, sorted(ways), strict=True)) if same and whole else []


def _free(account_id: int, possible: Sequence[Possible]) -> list[Possible]:
    """Leave out what is about a `mid` that some message has, of this number or of another."""
    pairs = sorted({(p.report.mid, p.mobile) for p in possible})
    taken = {pairs[place] for place in owners(account_id, pairs)}
    strange = mids_of_other_numbers(account_id, pairs)
    return [p for p in possible if (p.report.mid, p.mobile) not in taken and p.report.mid not in strange]


# report_once; attempts_of_account and primary keys. No index knows a mid (recording five hundred touches none), so
# beside numbers that have had a report, only those of the last calls can be compared.
OTHER_NUMBERS = """
WITH asked AS (
    SELECT * FROM unnest(%(mids)s::text[], %(mobiles)s::text[]) AS a (mid, mobile)
), called AS (
    SELECT chunk_id FROM messaging_attempt WHERE upstream_account_id = %(account)s ORDER BY prepared_at DESC LIMIT 100
)
SELECT a.mid FROM asked a JOIN messaging_deliveryreport r
    ON r.mid = a.mid AND r.upstream_account_id = %(account)s AND r.mobile <> a.mobile AND r.message_id IS NOT NULL
UNION
SELECT a.mid FROM messaging_chunk c CROSS JOIN unnest(c.members) AS member (id)
JOIN messaging_message m ON m.id = member.id AND m.upstream_account_id = %(account)s
JOIN asked a ON a.mid = m.mid AND a.mobile <> m.mobile
WHERE c.id IN (SELECT chunk_id FROM called)
"""


def mids_of_other_numbers(account_id: int, pairs: Sequence[tuple[str, str]]) -> set[str]:
    """Return those `mid`s, of pairs of `mid` and number, that are known to be of a message to another number."""
    if not pairs:
        return set()
    mids, mobiles = (list(column) for column in zip(*pairs, strict=True))
    with connection.cursor() as cursor:
        cursor.execute(OTHER_NUMBERS, {"account": account_id, "mids": mids, "mobiles": mobiles})
        return {row[0] for row in cursor.fetchall()}


def _adopt(message: Candidate, reports: Collection[Waiting]) -> int:
    """The event names the chunk, so it stays in the message's history even if the reports are taken away again."""
    matches = [Match(r.report_id, message.message_id, message.application_id, r.stat) for r in reports]
    event_ids = take_off_the_shelf(matches)
    DeliveryReport.objects.filter(pk__in=[r.report_id for r in reports]).update(inferred=True)
    best: Change | None = None
    for report in reports:
        said = verdict(message.message_id, report.stat, mid=report.mid)
        best = better(best, said) if said else best
    changes = [best] if best else []
    return move(changes, EventKind.REPORTED, chunk_id=message.chunk_id, detail=INFERRED, event_ids=event_ids)


# report_once finds reports of an answered mid at another message, reports_of_message those of another mid at this one.
DISPROVED = """
WITH answered AS (
    SELECT * FROM unnest(%(ids)s::uuid[], %(mobiles)s::text[], %(mids)s::text[]) AS a (message_id, mobile, mid)
)
SELECT r.message_id, r.mid FROM answered a JOIN messaging_deliveryreport r
    ON r.mid = a.mid AND r.mobile = a.mobile AND r.upstream_account_id = %(account)s AND r.message_id <> a.message_id
WHERE r.inferred
UNION
SELECT r.message_id, r.mid FROM answered a JOIN messaging_deliveryreport r ON r.message_id = a.message_id
WHERE r.inferred AND NOT EXISTS (SELECT FROM answered o WHERE o.message_id = r.message_id AND o.mid = r.mid)
"""

# What was inferred and is now answered stays, as a fact. report_once serves it.
CONFIRM = """
UPDATE messaging_deliveryreport r SET inferred = false
FROM unnest(%(ids)s::uuid[], %(mobiles)s::text[], %(mids)s::text[]) AS a (message_id, mobile, mid)
WHERE r.mid = a.mid AND r.mobile = a.mobile AND r.upstream_account_id = %(account)s AND r.message_id = a.message_id
  AND r.inferred
"""

# reports_of_message and the primary key. A final state is never left, so the message keeps it, as uncertain; its mid is
# the answered one, if there is one.
TAKE_BACK = """
WITH shelved AS (
    UPDATE messaging_deliveryreport SET message_id = NULL, event_id = NULL, inferred = false
    WHERE message_id = %(message)s AND mid = %(mid)s
)
UPDATE messaging_message SET certain = false, mid = %(answered)s
WHERE id = %(message)s RETURNING application_id, chunk_id, state
"""


def correct(account_id: int, rows: Sequence[tuple[uuid.UUID, str, str]]) -> int:
    """Undo what was inferred and is disproved by an answer's rows (message, number, mid), in the same transaction.

    To be called after the rows are recorded and before `match_shelf`, which gives the reports to their real message.
    Return how many messages lost what was inferred for them; their event says `inference_withdrawn`.
    """
    if not rows:
        return 0
    ids, mobiles, mids = (list(column) for column in zip(*rows, strict=True))
    parameters: dict[str, Any] = {"account": account_id, "ids": ids, "mobiles": mobiles, "mids": mids}
    with connection.cursor() as cursor:
        cursor.execute(DISPROVED, parameters)
        disproved = cursor.fetchall()
        cursor.execute(CONFIRM, parameters)
    answered = {message_id: mid for message_id, _mobile, mid in reversed(rows)}
    for message_id, mid in disproved:
        _withdraw(message_id, mid, answered.get(message_id))
    return len(disproved)


def _withdraw(message_id: uuid.UUID, mid: str, answered: str | None) -> None:
    with connection.cursor() as cursor:
        cursor.execute(TAKE_BACK, {"message": message_id, "mid": mid, "answered": answered})
        application_id, chunk_id, state = cursor.fetchone()
    tell(application_id, [message_id], EventKind.REPORTED, state, chunk_id=chunk_id, detail=WITHDRAWN)
    log.warning("inference_withdrawn", message=str(message_id))
