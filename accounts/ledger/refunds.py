"""What comes back of charges, many entries in one statement."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection

from accounts.models import Posting


@dataclass(frozen=True)
class Refund:
    """Parts that an application gets back, and their price in 厘; `subject` is what gave rise to it, once."""

    application_id: int
    subject: uuid.UUID
    parts: int
    amount: int


# posted_once leaves out what was posted before, both sides of it.
REFUND = """
WITH given AS MATERIALIZED (
    SELECT gen_random_uuid() AS entry, * FROM unnest(
        %(applications)s::bigint[], %(subjects)s::uuid[], %(parts)s::int[], %(amounts)s::bigint[]
    ) AS r (application_id, subject, parts, amount)
)
INSERT INTO accounts_posting (entry, kind, side, application_id, amount, parts, subject, reason, posted_by)
SELECT entry, %(kind)s, s.side, application_id, s.sign * amount, parts, subject, '', ''
FROM given CROSS JOIN (VALUES (%(purse)s, 1), (%(sales)s, -1)) AS s (side, sign)
ORDER BY subject, s.side
ON CONFLICT DO NOTHING
"""


def refund(refunds: Sequence[Refund]) -> None:
    """Give back what was charged, in the transaction that remembers that it was; a subject a second time nothing."""
    columns: dict[str, Any] = {
        "applications": [one.application_id for one in refunds],
        "subjects": [str(one.subject) for one in refunds],
        "parts": [one.parts for one in refunds],
        "amounts": [one.amount for one in refunds],
        "kind": Posting.Kind.REFUND.value,
        "purse": Posting.Side.PURSE.value,
        "sales": Posting.Side.SALES.value,
    }
    if refunds:
        with connection.cursor() as cursor:
            cursor.execute(REFUND, columns)
