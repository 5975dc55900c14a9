"""Whose an inbound message is: the lessee of the longest matching extno, else who last wrote to that number."""

from collections.abc import Sequence
from hashlib import sha256
from uuid import UUID

from django.db import connection

from messaging.models import new_id
from messaging.vendor.items import InboundItem

REPLY_HOURS = 72

# messages_of_mobile serves the last message; a handful of leases per account need no index.
KEEP = """
INSERT INTO messaging_inboundmessage
    (id, upstream_account_id, payload_id, application_id, mid, mobile, access_code, content, time_text, sent_at,
     in_reply_to)
SELECT i.id, %(account)s, %(payload)s, coalesce(leased.application_id, last.application_id), i.mid, i.mobile,
       i.access_code, i.content, i.time_text, i.sent_at,
       CASE WHEN coalesce(leased.application_id, last.application_id) = last.application_id THEN last.id END
FROM unnest(%(ids)s::uuid[], %(mids)s::text[], %(mobiles)s::text[], %(codes)s::text[], %(contents)s::text[],
            %(times)s::text[], %(sent)s::timestamptz[])
     AS i (id, mid, mobile, access_code, content, time_text, sent_at)
LEFT JOIN LATERAL (
    SELECT l.application_id FROM accounts_extnolease l
    WHERE l.upstream_account_id = %(account)s AND starts_with(i.access_code, l.extno)
    ORDER BY length(l.extno) DESC LIMIT 1
) leased ON true
LEFT JOIN LATERAL (
    SELECT m.id, m.application_id FROM messaging_message m
    WHERE m.mobile = i.mobile AND m.upstream_account_id = %(account)s
      AND m.created_at > statement_timestamp() - make_interval(hours => %(hours)s)
    ORDER BY m.id DESC LIMIT 1
) last ON true
ON CONFLICT DO NOTHING
RETURNING id
"""


def keep_inbound(account_id: int, payload_id: UUID, items: Sequence[InboundItem]) -> int:
    """Store inbound messages with their owner; return how many were new. The same item twice is stored once."""
    if not items:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(
            KEEP,
            {
                "account": account_id,
                "payload": payload_id,
                "ids": [new_id() for _ in items],
                "mids": [item.mid or _stand_in(item) for item in items],
                "mobiles": [item.mobile for item in items],
                "codes": [item.access_code for item in items],
                "contents": [item.content for item in items],
                "times": [item.time_raw for item in items],
                "sent": [item.time for item in items],
                "hours": REPLY_HOURS,
            },
        )
        return len(cursor.fetchall())


def _stand_in(item: InboundItem) -> str:
    """Without a mid the text tells one message from another: two that came in the same second both stay."""
    return f"text-{sha256(item.content.encode()).hexdigest()[:16]}"
