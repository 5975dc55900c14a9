"""Money as a caller meets it: what the purse pays for is accepted, the rest refused with a reason."""

from collections.abc import Sequence

from django.utils.translation import gettext as _

from accounts.ledger import balance_of, parts_left, price_for
from accounts.models import Application
from messaging.exceptions import Problem, Unpaid
from messaging.recipients import LISTED_PROBLEMS, Rows


def refuse_unpaid(application: Application, parts: int) -> None:
    """Raise `Unpaid` where the purse would not pay for so many parts at this moment."""
    price = price_for(application)
    left = None if price is None else parts_left(application, price)
    if left is not None and parts > left:
        raise unpaid(application, parts)


def beyond_purse(application: Application, rows: Rows) -> frozenset[str]:
    """Return the numbers that the purse would not pay for at this moment, taken in the order of the request."""
    price = price_for(application)
    left = None if price is None else parts_left(application, price)
    return frozenset() if left is None or rows.parts_of_all <= left else unpaid_mobiles(application, rows)


def unpaid_mobiles(application: Application, rows: Rows) -> frozenset[str]:
    """Return the numbers that the purse no longer pays for at this moment, taken in the order of the request.

    At least one, since the purse has just refused all of them together.
    """
    left = parts_left(application, price_for(application) or 0) or 0
    parts = [rows.parts] * len(rows.mobiles) if isinstance(rows.parts, int) else rows.parts
    unpaid = []
    for mobile, count in zip(rows.mobiles, parts, strict=True):
        if count > left:
            unpaid.append(mobile)
        else:
            left -= count
    return frozenset(unpaid or rows.mobiles[-1:])


def unpaid(application: Application, parts: int, problems: Sequence[Problem] = ()) -> Unpaid:
    """Return what to raise for so many parts that the purse does not pay for."""
    text = _(
        "Your application's balance is %(balance)d and a part costs %(price)d (in 0.001 CNY); this request has "
        "%(parts)d parts. Nothing was stored. Ask staff for a top-up."
    )
    told = {"balance": balance_of(application), "price": price_for(application) or 0, "parts": parts}
    return Unpaid(text % told, problems[:LISTED_PROBLEMS])


def of_a_recipient() -> str:
    """Say why one number was refused where others were accepted."""
    return _("The balance of your application does not pay for this message. Ask staff for a top-up.")
