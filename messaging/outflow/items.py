"""Items as the protocol has them: reports out of events, replies out of inbound messages."""

import time
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection

from accounts.models import GatewayLogin
from messaging.feed.places import Place, after_set
from messaging.states import EventKind, State

Item = dict[str, str | int]

MOST_SECONDS = 2.0  # of passing over what is somebody else's
SETS_AT_A_TIME = 200  # a set has ten thousand members at most
INBOUND_AT_A_TIME = 1000
CHINA = ZoneInfo("Asia/Shanghai")  # the protocol's times bear no zone
WITHDRAWN = "inference_withdrawn"  # such an event repeats the status its message keeps

# What ended without being sent has a word in the document's table (section 9). Of what nobody knows nothing is told.
STAT_OF = {
    State.DELIVERED: "DELIVRD",
    State.REJECTED: "REJECTED",
    State.EXPIRED: "EXPIRED",
    State.CANCELLED: "DELETED",
}
TOLD = (*STAT_OF, State.UNDELIVERED)
KINDS = (EventKind.ANSWERED, EventKind.REPORTED, EventKind.EXPIRED, EventKind.CANCELLED)

# events_of_feed, and nothing but it.
WINDOW = """
SELECT max(position) FROM (
    SELECT position FROM messaging_event
    WHERE application_id = %(application)s AND position >= %(position)s ORDER BY position LIMIT %(sets)s) w
"""

# events_of_feed, then primary keys. What was sent again is told under the mid of the first.
REPORTS = """
SELECT e.position, member.place::int - 1, r.reference, r.mobile, member.status, member.code, e.at, b.access_code
FROM messaging_event e
CROSS JOIN LATERAL unnest(e.message_ids, e.statuses, e.codes) WITH ORDINALITY AS member (id, status, code, place)
JOIN messaging_message r ON r.id = member.id
LEFT JOIN messaging_message old ON old.id = r.resend_of
JOIN messaging_batch b ON b.id = coalesce(r.batch_id, old.batch_id) AND b.login_id = %(login)s
WHERE e.application_id = %(application)s AND e.position BETWEEN %(position)s AND %(end)s
  AND (e.position, member.place) > (%(position)s, %(entry)s) AND e.kind = ANY(%(kinds)s)
  AND e.detail IS DISTINCT FROM %(withdrawn)s AND member.status = ANY(%(told)s)
ORDER BY e.position, member.place LIMIT %(limit)s
"""


def read_reports(login: GatewayLogin, place: Place, limit: int) -> tuple[list[Item], Place]:
    """Return up to `limit` reports of a login's messages from a place on, and where to go on."""
    until = time.monotonic() + MOST_SECONDS
    items: list[Item] = []
    while len(items) < limit and time.monotonic() < until:
        given = {
            "application": login.application_id, "login": login.pk, "position": place.position,
            "entry": place.entry, "sets": SETS_AT_A_TIME, "limit": limit - len(items),
            "kinds": [kind.value for kind in KINDS], "told": [state.value for state in TOLD], "withdrawn": WITHDRAWN,
        }  # fmt: skip
        end = _read(WINDOW, given)[0][0]
        if end is None:
            break
        rows = _read(REPORTS, given | {"end": end})
        items += [_report(login, *row[2:]) for row in rows]
        place = Place(rows[-1][0], rows[-1][1] + 1) if len(items) == limit else after_set(end)
    return items, place


def _report(
    login: GatewayLogin, mid: str, mobile: str, status: str, code: str | None, at: datetime, access_code: str
) -> Item:
    """An item of section 4.2.1; another gateway's STAT is passed on as it came."""
    stat = STAT_OF.get(State(status)) or (code or "").partition(":")[2] or STAT_OF[State.REJECTED]
    return {
        "flag": 1,
        "mid": mid,
        "spid": login.account,
        "accessCode": access_code,
        "mobile": mobile,
        "stat": stat,
        "time": china_time(at),
    }


# inbound_of_feed, then primary keys; an application has few logins. It is the login's with the longest extno that the
# handset wrote to, else the one's that had written to the handset, else the first's.
INBOUND = """
SELECT i.position, i.mid, i.mobile, i.content, coalesce(i.sent_at, i.received_at),
       CASE WHEN named.id IS NULL THEN replied.access_code ELSE i.access_code END,
       coalesce(named.id, replied.login_id, first.id) = %(login)s
FROM (
    SELECT * FROM messaging_inboundmessage
    WHERE application_id = %(application)s AND position >= %(position)s ORDER BY position LIMIT %(most)s
) i
LEFT JOIN LATERAL (
    SELECT l.id FROM accounts_gatewaylogin l CROSS JOIN LATERAL unnest(l.extnos) AS extno
    WHERE l.application_id = %(application)s AND starts_with(i.access_code, extno)
    ORDER BY length(extno) DESC, l.id LIMIT 1
) named ON true
LEFT JOIN LATERAL (
    SELECT b.login_id, b.access_code FROM messaging_message m JOIN messaging_batch b ON b.id = m.batch_id
    WHERE m.id = i.in_reply_to AND b.login_id IS NOT NULL
) replied ON true
LEFT JOIN LATERAL (
    SELECT l.id FROM accounts_gatewaylogin l WHERE l.application_id = %(application)s ORDER BY l.id LIMIT 1
) first ON true
ORDER BY i.position
"""


def read_inbound(login: GatewayLogin, position: int, limit: int) -> tuple[list[Item], int]:
    """Return up to `limit` replies that are a login's from a position on, and the position to go on from."""
    until = time.monotonic() + MOST_SECONDS
    items: list[Item] = []
    while len(items) < limit and time.monotonic() < until:
        given = {
            "application": login.application_id, "login": login.pk, "position": position, "most": INBOUND_AT_A_TIME,
        }  # fmt: skip
        rows = _read(INBOUND, given)
        for row in rows:
            if len(items) == limit:
                return items, position
            position = row[0] + 1
            if row[6]:
                items.append(_inbound(login, *row[1:6]))
        if len(rows) < INBOUND_AT_A_TIME:
            break
    return items, position


def _inbound(
    login: GatewayLogin, mid: str, mobile: str, content: str, at: datetime, access_code: str | None
) -> Item:
    """An item of section 5.3. A number that stands for another is told as the client knows it."""
    return {
        "flag": 0,
        "mid": mid,
        "spid": login.account,
        "accessCode": access_code or login.extnos[0],
        "mobile": mobile,
        "content": content,
        "time": china_time(at),
    }


def china_time(at: datetime) -> str:
    """Write a time as the protocol does: `YYYY-MM-DD HH:MM:SS`, China's, without a zone."""
    return f"{at.astimezone(CHINA):%Y-%m-%d %H:%M:%S}"


def _read(query: str, given: dict[str, Any]) -> Sequence[Any]:
    with connection.cursor() as cursor:
        cursor.execute(query, given)
        rows: Sequence[Any] = cursor.fetchall()
        return rows
