"""Entries: what leaves one side comes to another, each pair in one statement."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import IntegrityError, connection, transaction

from accounts.models import Posting

FLOORS = frozenset({"prepaid_never_below_zero", "postpaid_within_credit_line"})


class NoCredit(Exception):
    """The purse has too little; the transaction must be rolled back."""


class PostedBefore(Exception):
    """What was to be posted by hand is in the books already; nothing was posted now."""


# The row of the purse is locked from here to the end of the transaction, so a transaction posts last.
POST = """
INSERT INTO accounts_posting (entry, kind, side, application_id, amount, parts, subject, reason, posted_by)
SELECT %(entry)s::uuid, %(kind)s, s.side, %(application)s::bigint, s.amount, %(parts)s::int, %(subject)s::uuid,
       %(reason)s, %(posted_by)s
FROM (VALUES ('purse', %(amount)s::bigint), (%(other)s, -%(amount)s::bigint)) AS s (side, amount)
"""


# The same as a part of the statement that stores what is charged, as `stored` (id, application_id, parts, price): one
# round trip less in which others wait for the purse.
CHARGE = """
INSERT INTO accounts_posting (entry, kind, side, application_id, amount, parts, subject, reason, posted_by)
SELECT %(entry)s::uuid, 'charge', s.side, stored.application_id, s.sign * stored.parts * stored.price::bigint,
       stored.parts, stored.id, '', ''
FROM {stored} AS stored CROSS JOIN (VALUES ('purse', -1), ('sales', 1)) AS s (side, sign)
"""


@contextmanager
def floor_told() -> Iterator[None]:
    """Raise `NoCredit` where a posting would make a purse fall below what its terms allow."""
    try:
        yield
    except IntegrityError as error:
        if _broken(error) in FLOORS:
            raise NoCredit from error
        raise


def charge(application_id: int, *, parts: int, price: int, subject: uuid.UUID) -> None:
    """Take the price of so many parts, in 厘, from an application's purse, inside the transaction that stores them.

    Raises `NoCredit`.
    """
    _post(
        Posting.Kind.CHARGE, Posting.Side.SALES, application_id, -parts * price, parts=parts, subject=subject
    )


def _post(kind: Posting.Kind, other: Posting.Side, application_id: int, amount: int, **told: Any) -> None:
    """Move an amount, in 厘, to the purse from the other side; from it, where the amount is negative."""
    values: dict[str, Any] = {"parts": None, "subject": None, "reason": "", "posted_by": ""} | told
    values |= {
        "entry": uuid.uuid4(), "kind": kind.value, "other": other.value, "application": application_id,
        "amount": amount,
    }  # fmt: skip
    with floor_told(), connection.cursor() as cursor:
        cursor.execute(POST, values)


def _broken(error: IntegrityError) -> str | None:
    """Return the name of the constraint that was broken, where one was."""
    diagnosis = getattr(error.__cause__, "diag", None)
    name: str | None = getattr(diagnosis, "constraint_name", None)
    return name


def top_up(
    application_id: int, amount: int, *, reason: str, posted_by: str, subject: uuid.UUID | None = None
) -> None:
    """Add money that came in, in 厘, more than nothing, to an application's purse; `posted_by` is a login of staff.

    With a subject it is posted once: raises `PostedBefore`.
    """
    if amount <= 0:
        raise ValueError("a top-up adds something")
    _post_by_hand(Posting.Kind.TOP_UP, Posting.Side.CASH, application_id, amount, reason, posted_by, subject)


def correct(
    application_id: int, amount: int, *, reason: str, posted_by: str, subject: uuid.UUID | None = None
) -> None:
    """Put a purse right by an amount, in 厘, that is added or, where it is negative, taken; as `top_up`.

    Raises `NoCredit` where the purse's terms do not allow to take so much.
    """
    if not amount:
        raise ValueError("a correction changes something")
    side = Posting.Side.CORRECTIONS
    _post_by_hand(Posting.Kind.CORRECTION, side, application_id, amount, reason, posted_by, subject)


def _post_by_hand(
    kind: Posting.Kind, other: Posting.Side, application_id: int, amount: int, reason: str, posted_by: str,
    subject: uuid.UUID | None,
) -> None:  # fmt: skip
    try:
        with transaction.atomic():
            _post(kind, other, application_id, amount, reason=reason, posted_by=posted_by, subject=subject)
    except IntegrityError as error:
        if _broken(error) == "posted_once":
            raise PostedBefore from error
        raise
