"""What a message costs, as staff read it: parts times the account's present price."""

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.admin.units import in_yuan
from messaging.models import Message
from messaging.routing import accounts_for
from messaging.states import State

NOTHING_TAKEN = frozenset({State.REJECTED.value, State.EXPIRED.value, State.CANCELLED.value})
PERHAPS_TAKEN = frozenset({State.UNKNOWN.value, State.UNRESOLVED.value})


def parts_and_cost(message: Message, status: str) -> str:
    """Return parts and cost in one line, in yuan; only the parts where no account has a price."""
    parts = ngettext("%(count)d part", "%(count)d parts", message.parts) % {"count": message.parts}
    if status in NOTHING_TAKEN:
        return _("%(parts)s; nothing to pay: the gateway took nothing") % {"parts": parts}
    price = _price(message)
    if price is None:
        return parts
    line = _("%(parts)s × %(price)s = %(cost)s CNY") % {
        "parts": parts,
        "price": in_yuan(price),
        "cost": in_yuan(price * message.parts),
    }
    if message.submitted_at:
        return line
    if status in PERHAPS_TAKEN:
        return _("%(cost)s, if the gateway took it") % {"cost": line}
    return _("%(cost)s, when it is sent") % {"cost": line}


def _price(message: Message) -> int | None:
    """Return the price in 厘 of the account that took it, or of the one that would by the routes."""
    account = message.upstream_account
    if account is None:
        found = accounts_for(
            message.application_id, message.application.environment, message.category, message.extno
        )
        account = found[0] if found else None
    return account.price_per_part if account else None
