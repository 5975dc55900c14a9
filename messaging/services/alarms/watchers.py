"""What goes wrong without anybody noticing at that moment: each watcher yields what it finds wrong now.

No watcher reads more than an hour's rows of one table or a fixed number of calls. A UUIDv7 begins with its time, so the
primary key serves "of the last hour"; the minute more is for clocks that differ, the timestamp beside it decides.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from django.conf import settings
from django.db import connection

from accounts.models import UpstreamAccount
from messaging import selectors
from messaging.holding import Restraints, in_force
from messaging.models import CodeRule, Heartbeat, Hold
from messaging.routing import accounts_for
from messaging.vendor.codes import Table, lookup

CLOCK_SILENT_SECONDS = 60
STUCK_SECONDS = 600
WAITING_FOR_REPORTS = 100


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong: whom it concerns, what is the matter, what to do. No text, number or password in it."""

    subject: str
    detail: str
    next_step: str


def _rows(query: str, **parameters: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(query, parameters)
        return list(cursor.fetchall())


FIRST_ID = """
(lpad(to_hex(((extract(epoch FROM statement_timestamp()) - %(seconds)s - 60) * 1000)::bigint), 12, '0')
 || repeat('0', 20))::uuid
"""
HOUR = 3600

# --- Holds ------------------------------------------------------------------------------------------------------------

Cause = Hold.Cause

RELEASE = "Release it in the admin, under Holds, when its reason is gone."
ENDS_A_HOLD = {
    Cause.UNREACHABLE: "Check the network, the firewall and the account's base URL. It ends when the gateway answers.",
    Cause.REFUSED_LOGIN: "Check account, password and source address with the vendor, and save the account.",
    Cause.NO_CREDIT: "Top up the account at the vendor. It ends when the balance has risen.",
    Cause.WRONG_EXTNO: "Ask the vendor whether this extno is open for the account. It ends when a trial passes.",
    Cause.BAD_SIGNATURE: "Have the vendor file this signature. It ends when a trial passes.",
    Cause.INTERNAL_ERROR: "Ask the vendor whether the carrier's route is down. It ends when a trial passes.",
    Cause.TLS: "Have the vendor renew the gateway's certificate, or install its authority. Nothing goes out without.",
    Cause.RESTORED: "Read what became unknown, then run: manage.py release --all",
    Cause.PERSON: RELEASE,
}


def hold() -> Iterator[Finding]:
    for held in in_force().select_related("upstream_account", "application"):
        yield Finding(_whom(held), _why(held), ENDS_A_HOLD.get(Cause(held.cause), RELEASE))


def _whom(held: Hold) -> str:
    who = held.upstream_account.name if held.upstream_account else held.scope
    what = held.value or str((held.application and held.application.name) or held.batch_id or "")
    return f"{who}: {what}" if what else who


def _why(held: Hold) -> str:
    """A hold's detail is shown only when it is a constant word: a person may have written anything there."""
    code = f"{held.code_table} {held.code}".strip()
    word = held.detail if held.detail.isidentifier() else ""
    because = ", ".join(filter(None, (code, word)))
    return f"Messages wait: {Cause(held.cause).label}" + (f" ({because})." if because else ".")


# --- What came from upstream ------------------------------------------------------------------------------------------

MAYBE_LOST = f"""
SELECT a.name, count(*) FROM messaging_upstreampayload p JOIN accounts_upstreamaccount a ON a.id = p.upstream_account_id
WHERE p.id >= {FIRST_ID} AND p.started_at > statement_timestamp() - make_interval(secs => %(seconds)s)
  AND (p.state = 'maybe_lost'
       OR (p.state = 'started' AND p.started_at < statement_timestamp() - make_interval(secs => %(call)s)))
GROUP BY a.name ORDER BY a.name
"""  # noqa: S608  (constants)


def fetch_maybe_lost() -> Iterator[Finding]:
    call = (settings.UPSTREAM_DEADLINE_SECONDS + settings.UPSTREAM_CONNECT_SECONDS) * 2
    for account, fetches in _rows(MAYBE_LOST, seconds=HOUR, call=call):
        yield Finding(
            account,
            f"{fetches} fetches of reports or replies ended without a whole answer in the last hour. What the gateway"
            " had handed out with them is gone there.",
            "Check the line to the gateway, and ask the vendor to hand it out again, or to push reports.",
        )


UNREADABLE = f"""
SELECT a.name, count(*) FILTER (WHERE p.state = 'unreadable'), sum(p.unreadable_items)
FROM messaging_upstreampayload p JOIN accounts_upstreamaccount a ON a.id = p.upstream_account_id
WHERE p.id >= {FIRST_ID} AND p.started_at > statement_timestamp() - make_interval(secs => %(seconds)s)
  AND (p.state = 'unreadable' OR p.unreadable_items > 0)
GROUP BY a.name ORDER BY a.name
"""  # noqa: S608


def payload_unreadable() -> Iterator[Finding]:
    for account, bodies, items in _rows(UNREADABLE, seconds=HOUR):
        yield Finding(
            account,
            f"{bodies} bodies and {items} single items of the last hour can't be read. They are kept as they came.",
            "Look at them in the admin, under Upstream payloads, and show the raw text to the vendor.",
        )


# payloads_of_account serves the EXISTS, attempts_of_account the newest calls; primary keys do the rest. Only the
# newest: they are the ones that wait while no reports come.
SILENCE = f"""
WITH calls AS (
    SELECT chunk_id FROM messaging_attempt
    WHERE upstream_account_id = %(account)s AND state = 'answered'
      AND prepared_at > statement_timestamp() - interval '72 hours'
      AND prepared_at < statement_timestamp() - make_interval(secs => %(seconds)s)
    ORDER BY prepared_at DESC LIMIT 200
)
SELECT count(*) FILTER (WHERE m.state = 'submitted' AND m.upstream_account_id = %(account)s), count(*)
FROM messaging_chunk c CROSS JOIN unnest(c.members) AS member (id)
JOIN messaging_message m ON m.id = member.id AND m.chunk_id = c.id
WHERE c.id IN (SELECT chunk_id FROM calls) AND NOT EXISTS (
    SELECT FROM messaging_upstreampayload p
    WHERE p.upstream_account_id = %(account)s AND p.reports > 0 AND p.id >= {FIRST_ID}
      AND p.received_at > statement_timestamp() - make_interval(secs => %(seconds)s))
"""  # noqa: S608


def no_reports() -> Iterator[Finding]:
    for account in selectors.active_accounts():
        ((waiting, sent),) = _rows(SILENCE, account=account.pk, seconds=settings.REPORT_SILENCE_MINUTES * 60)
        # After a big batch some phones stay off through a quiet night: a tenth must wait before it is the reports.
        if waiting > max(WAITING_FOR_REPORTS, sent / 10):
            yield _silence(account, waiting)


def _silence(account: UpstreamAccount, waiting: int) -> Finding:
    minutes = f"{settings.REPORT_SILENCE_MINUTES:g}"
    return Finding(
        account.name,
        f"No delivery report came for {minutes} minutes, while {waiting} messages of the newest calls wait for one.",
        "See whether reports are pulled or pushed at all, whether another system pulls them, and ask the vendor.",
    )


# reports_on_the_shelf and payloads_of_account. A report may overtake the answer that brings its mid: one call's time.
ORPHANS = f"""
SELECT name, unmatched, total FROM (
    SELECT a.name, (
        SELECT count(*) FROM messaging_deliveryreport r
        WHERE r.upstream_account_id = a.id AND r.message_id IS NULL
          AND r.received_at > statement_timestamp() - make_interval(secs => %(seconds)s)
          AND r.received_at < statement_timestamp() - make_interval(secs => %(call)s)
    ) AS unmatched, (
        SELECT coalesce(sum(p.reports), 0) FROM messaging_upstreampayload p
        WHERE p.upstream_account_id = a.id AND p.id >= {FIRST_ID}
    ) AS total FROM accounts_upstreamaccount a
) counted WHERE unmatched > 20 AND unmatched * 100 > total ORDER BY name
"""  # noqa: S608


def orphan_rate() -> Iterator[Finding]:
    for account, unmatched, total in _rows(ORPHANS, seconds=HOUR, call=settings.UPSTREAM_DEADLINE_SECONDS):
        yield Finding(
            account,
            f"{unmatched} of the last hour's {max(unmatched, total)} delivery reports belong to no message of ours.",
            "See whether another system uses this account: reports go to whoever asks first. Each needs its own.",
        )


# The newest 50,000 of the last hour, by primary key.
CODES = f"""
SELECT 'STAT', stat, count(*) FROM (
    SELECT stat FROM messaging_deliveryreport
    WHERE id >= {FIRST_ID} AND received_at > statement_timestamp() - make_interval(secs => %(seconds)s)
    ORDER BY id DESC LIMIT 50000
) reports GROUP BY stat
UNION ALL
SELECT 'STATUS', code, count(*) FROM (
    SELECT code FROM messaging_attempt
    WHERE id >= {FIRST_ID} AND prepared_at > statement_timestamp() - make_interval(secs => %(seconds)s)
    ORDER BY id DESC LIMIT 50000
) attempts WHERE code IS NOT NULL GROUP BY code
ORDER BY 1, 2
"""  # noqa: S608
LOOKS_LIKE_A_CODE = re.compile(r"(?!.*\d{6})[A-Za-z0-9:._-]{1,20}")  # a gateway may put anything there


def unknown_code() -> Iterator[Finding]:
    for table, text, times in _rows(CODES, seconds=HOUR):
        code = lookup(Table(table), text)
        if not code.known and not CodeRule.objects.filter(code_table=table, code=code.code).exists():
            shown = text if LOOKS_LIKE_A_CODE.fullmatch(text) else "not shown here"
            detail = f"Seen {times} times in the last hour. {code.meaning.en}"
            yield Finding(f"{table} {shown}", detail, code.action.en)


# --- What does not leave ----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Waiting:
    application_id: int
    application: str
    environment: str
    category: str
    extno: str | None
    batch_id: Any
    parked: bool
    messages: int
    seconds: float

    @property
    def way(self) -> tuple[int, str, str, str | None]:
        return self.application_id, self.environment, self.category, self.extno

    @property
    def subject(self) -> str:
        return f"{self.application}: {self.category}" + (f", extno {self.extno}" if self.extno else "")


# chunks_due and singles_due, attempts_of_application. What is parked was looked at and nobody could take it. What is
# overdue is stuck only if nothing of its application and lane left meanwhile: a long queue that moves is no fault.
OVERDUE = """
SELECT a.id, a.name, a.environment, d.category, d.extno, d.batch_id, d.parked, sum(d.size)::bigint,
       extract(epoch FROM statement_timestamp() - min(d.due_at))::float8
FROM (
    SELECT application_id, category, extno, batch_id, size, due_at,
           due_at >= statement_timestamp() - make_interval(secs => %(seconds)s) AS parked
    FROM messaging_chunk WHERE state = 'queued'
      AND (due_at < statement_timestamp() - make_interval(secs => %(seconds)s)
           OR (parked AND created_at < statement_timestamp() - make_interval(secs => %(seconds)s)))
    UNION ALL
    SELECT application_id, category, extno, NULL, 1, due_at, false
    FROM messaging_queuedsingle WHERE due_at < statement_timestamp() - make_interval(secs => %(seconds)s)
) d JOIN accounts_application a ON a.id = d.application_id
WHERE d.parked OR NOT EXISTS (
    SELECT FROM messaging_attempt t WHERE t.application_id = a.id AND t.category = d.category
      AND t.prepared_at > statement_timestamp() - make_interval(secs => %(seconds)s))
GROUP BY a.id, a.name, a.environment, d.category, d.extno, d.batch_id, d.parked
ORDER BY a.id, d.category, d.extno
"""


def messages_stuck() -> Iterator[Finding]:
    restraints = Restraints.in_force()
    waiting = [_Waiting(*row) for row in _rows(OVERDUE, seconds=STUCK_SECONDS)]
    free = [some for some in waiting if not restraints.hold_chunk(some.application_id, some.batch_id)]
    for way, group in groupby(free, key=lambda some: some.way):
        stuck, accounts = list(group), accounts_for(*way)
        overdue = [some for some in stuck if not some.parked]
        if not accounts:
            yield _without_route(stuck)
        elif overdue and not all(restraints.hold_account(a, way[-1] or a.extno) for a in accounts):
            yield _overdue(overdue)


def _without_route(some: Sequence[_Waiting]) -> Finding:
    return Finding(
        some[0].subject,
        f"{sum(each.messages for each in some)} messages wait, and no route leads them to an upstream account.",
        "Add a route in the admin, or activate the account that it leads to.",
    )


def _overdue(some: Sequence[_Waiting]) -> Finding:
    messages, minutes = sum(each.messages for each in some), max(each.seconds for each in some) / 60
    return Finding(
        some[0].subject,
        f"{messages} messages are due, for up to {minutes:.0f} minutes. Nothing left meanwhile, and no hold says why.",
        f"Run manage.py doctor. See that workers of the queue {some[0].category} run and that their calls end.",
    )


# --- Ourselves --------------------------------------------------------------------------------------------------------


def clock_silent() -> Iterator[Finding]:
    """Told by the pump, which runs this while the clock does not. A clock that never beat is doctor's business."""
    silent = _rows(
        "SELECT at FROM messaging_heartbeat WHERE name = %(name)s"
        " AND at < statement_timestamp() - make_interval(secs => %(seconds)s)",
        name=Heartbeat.CLOCK,
        seconds=CLOCK_SILENT_SECONDS,
    )
    for (at,) in silent:
        yield Finding(
            "",
            f"Beat, the broker or the worker of the queue upkeep is down: last heard of at {at:%Y-%m-%d %H:%M} UTC.",
            "Run manage.py doctor. While manage.py pump runs, it does the work.",
        )


WATCHERS: dict[str, Callable[[], Iterator[Finding]]] = {
    "hold": hold,
    "fetch_maybe_lost": fetch_maybe_lost,
    "payload_unreadable": payload_unreadable,
    "no_reports": no_reports,
    "orphan_rate": orphan_rate,
    "unknown_code": unknown_code,
    "messages_stuck": messages_stuck,
    "clock_silent": clock_silent,
}
