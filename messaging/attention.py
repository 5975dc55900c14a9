"""What waits for a person: through small indexes, or by a look at the newest of a table; never by counting all."""

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import Count, Q, QuerySet, Sum
from django.db.models.functions import Now

from messaging.models import (
    Attempt,
    CodeCount,
    CodeNote,
    CodeRule,
    InboundMessage,
    UpstreamPayload,
)
from messaging.states import AttemptState
from messaging.vendor.codes import Table, lookup

DAYS = 7
NEWEST = 20
MOST_COUNTED = 1000  # then "1,000 and more" says enough
LOOKED_AT = (
    20_000  # the newest rows of a table, read by primary key, in which samples of codes are looked for
)
MOST_CALLS = 50
MOST_CHUNKS = 50_000


def _rows(query: str, parameters: dict[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(query, parameters)
        return list(cursor.fetchall())


# --- What waits -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Waiting:
    """Messages of one application, category and extno that no account may take at this moment."""

    application_id: int
    application: str
    environment: str
    category: str
    extno: str | None
    batch_id: uuid.UUID | None
    messages: int
    since: datetime


# chunks_due: what is queued, a chunk a row, of which only those are parked that nobody may take.
PARKED = """
SELECT a.id, a.name, a.environment, p.category, p.extno, p.batch_id, sum(p.size)::int, min(p.created_at)
FROM (SELECT application_id, category, extno, batch_id, size, created_at FROM messaging_chunk
      WHERE state = 'queued' AND parked LIMIT %(most)s) p
JOIN accounts_application a ON a.id = p.application_id
GROUP BY 1, 2, 3, 4, 5, 6 ORDER BY min(p.created_at) LIMIT %(groups)s
"""


def waiting() -> list[Waiting]:
    """Return what is parked, the oldest first."""
    return [Waiting(*row) for row in _rows(PARKED, {"most": MOST_CHUNKS, "groups": 100})]


# --- What nobody answered ---------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Unanswered:
    """One call whose outcome nobody knows, and how many of its messages are still unknown."""

    attempt: Attempt
    unknown: int
    unresolved: int
    sample: uuid.UUID | None

    @property
    def open(self) -> int:
        return self.unknown + self.unresolved


# Primary keys.
STILL_UNKNOWN = """
SELECT c.id, count(*) FILTER (WHERE m.state = 'unknown'), count(*) FILTER (WHERE m.state = 'unresolved'),
       max(m.id::text)
FROM messaging_chunk c CROSS JOIN unnest(c.members) AS member (id)
JOIN messaging_message m ON m.id = member.id AND m.chunk_id = c.id AND m.state IN ('unknown', 'unresolved')
WHERE c.id = ANY(%(chunks)s::uuid[]) GROUP BY c.id
"""


def unanswered() -> list[Unanswered]:
    """Return the newest calls without a usable answer, where messages are still unknown. Index: attempts_unanswered."""
    calls = Attempt.objects.filter(state=AttemptState.UNKNOWN).select_related(
        "upstream_account", "application"
    )
    newest = list(calls.defer("raw", "left_out").order_by("-prepared_at")[:MOST_CALLS])
    counts = {
        chunk: (unknown, unresolved, uuid.UUID(sample))
        for chunk, unknown, unresolved, sample in _rows(
            STILL_UNKNOWN, {"chunks": [str(c.chunk_id) for c in newest]}
        )
    }
    return [Unanswered(call, *counts[call.chunk_id]) for call in newest if call.chunk_id in counts]


# --- Reports without a message ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Orphans:
    """Reports of one account that belong to no message of ours; counted up to `MOST_COUNTED` and one more."""

    account_id: int
    account: str
    count: int
    to_review: int
    newest: datetime


# reports_on_the_shelf, for each account by itself.
ORPHANS = """
SELECT a.id, a.name, count(*), count(*) FILTER (WHERE r.needs_review), max(r.received_at)
FROM accounts_upstreamaccount a CROSS JOIN LATERAL (
    SELECT needs_review, received_at FROM messaging_deliveryreport
    WHERE upstream_account_id = a.id AND message_id IS NULL
      AND received_at > statement_timestamp() - make_interval(days => %(days)s)
      AND received_at < statement_timestamp() - make_interval(secs => 600)
    ORDER BY received_at DESC LIMIT %(most)s
) r GROUP BY a.id, a.name ORDER BY a.name
"""


def orphans() -> list[Orphans]:
    """Return what stands on the shelf for more than ten minutes, by account; younger reports may only be early."""
    return [Orphans(*row) for row in _rows(ORPHANS, {"days": DAYS, "most": MOST_COUNTED + 1})]


# --- Codes that stand in no table -------------------------------------------------------------------------------------


@dataclass
class UnknownCode:
    """A code that no table explains: how often it came in the last seven days, where, and what staff said of it."""

    table: Table
    code: str
    count: int = 0
    accounts: set[str] = field(default_factory=set)
    samples: list[uuid.UUID] = field(default_factory=list)
    note: str = ""
    rules: list[CodeRule] = field(default_factory=list)


# Primary keys, newest first, so many rows and no more. A report names its message, an attempt itself.
SEEN = """
SELECT t.name, t.code, count(*), array_agg(DISTINCT t.account_id), (array_agg(t.sample ORDER BY t.sample DESC))[1:3]
FROM (
    (SELECT 'STAT' AS name, stat AS code, upstream_account_id AS account_id, id AS sample
     FROM messaging_deliveryreport ORDER BY id DESC LIMIT %(looked_at)s)
    UNION ALL
    (SELECT 'STATUS', code, upstream_account_id, id FROM messaging_attempt ORDER BY id DESC LIMIT %(looked_at)s)
    UNION ALL
    (SELECT 'RESULT', code, upstream_account_id, id FROM (
        SELECT code, code_table, upstream_account_id, id FROM messaging_message ORDER BY id DESC LIMIT %(looked_at)s) m
     WHERE code_table = 'RESULT')
) t WHERE t.code IS NOT NULL GROUP BY 1, 2
"""


def unknown_codes(names: dict[int, str]) -> list[UnknownCode]:
    """Return them, those that nobody has classified first, then by how often they came. `names`: of accounts, by id.

    Counted by the hourly counts, or by the newest rows where those say less.
    """
    found: dict[tuple[Table, str], UnknownCode] = {}
    for name, text, count, accounts, samples in _rows(SEEN, {"looked_at": LOOKED_AT}):
        _note_seen(found, Table(name), text, count, [names[pk] for pk in accounts if pk in names], samples)
    recent = CodeCount.objects.filter(hour__gt=Now() - timedelta(days=DAYS))
    for table, text, count in recent.values_list("code_table", "code").annotate(Sum("count")):
        _note_seen(found, Table(table), text, count)
    _add_what_staff_said(found)
    return sorted(found.values(), key=lambda code: (bool(code.rules), -code.count, code.table, code.code))


def _note_seen(
    found: dict[tuple[Table, str], UnknownCode],
    table: Table,
    text: str,
    count: int,
    accounts: Iterable[str] = (),
    samples: Sequence[uuid.UUID] = (),
) -> None:
    code = lookup(table, text)
    if code.known:
        return
    seen = found.setdefault((table, code.code), UnknownCode(table, code.code))
    seen.count = max(seen.count, count)
    seen.accounts.update(accounts)
    seen.samples += samples


def _add_what_staff_said(found: dict[tuple[Table, str], UnknownCode]) -> None:
    for note in CodeNote.objects.filter(code__in=[code for _table, code in found]):
        if seen := found.get((Table(note.code_table), note.code)):
            seen.note = note.note
    for rule in CodeRule.objects.filter(code__in=[code for _table, code in found]).select_related(
        "upstream_account"
    ):
        if seen := found.get((Table(rule.code_table), rule.code)):
            seen.rules.append(rule)


# --- Replies that are nobody's ----------------------------------------------------------------------------------------


def nobodys() -> QuerySet[InboundMessage]:
    """Return inbound messages without an owner, newest first. Index: inbound_of_application."""
    return (
        InboundMessage.objects.filter(application__isnull=True)
        .select_related("upstream_account")
        .order_by("-pk")
    )


def nobodys_extnos() -> list[dict[str, Any]]:
    """Return the access numbers that the newest of them were written to, with how many each."""
    newest = list(nobodys().values_list("pk", flat=True)[:MOST_COUNTED])
    groups = InboundMessage.objects.filter(pk__in=newest).values(
        "upstream_account_id", "upstream_account__name", "access_code"
    )
    return [dict(group) for group in groups.annotate(count=Count("pk")).order_by("-count", "access_code")]


# --- What could not be fetched or read --------------------------------------------------------------------------------


def troubled_payloads() -> QuerySet[UpstreamPayload]:
    """Return pages of the last days that were lost, perhaps, or can't be read, newest first.

    Index: payloads_in_trouble.
    """
    trouble = Q(state__in=(UpstreamPayload.State.MAYBE_LOST, UpstreamPayload.State.UNREADABLE)) | Q(
        unreadable_items__gt=0
    )
    recent = UpstreamPayload.objects.filter(trouble, started_at__gt=Now() - timedelta(days=DAYS))
    return recent.defer("body").select_related("upstream_account").order_by("-started_at")
