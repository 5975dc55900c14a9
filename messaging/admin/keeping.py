"""Which holds kept a message while it waited, though they have ended since."""

from collections.abc import Sequence
from datetime import datetime

from accounts.models import UpstreamAccount
from messaging.holding import Restraints
from messaging.models import Attempt, Hold, Message
from messaging.routing import accounts_for


def past_holds(message: Message, calls: Sequence[Attempt]) -> list[Hold]:
    """Return the ended holds that were in force before the message's first call, oldest first.

    Nothing records which message a hold kept, so this is what the message met: its account if one took it, else every
    account its routes lead to now. A few rows of a small table.
    """
    until = _waited_until(message, calls)
    ended = Hold.objects.filter(ended_at__gt=message.created_at).select_related("upstream_account")
    met = ended.filter(since__lt=until) if until else ended
    accounts = _accounts(message)
    return [hold for hold in met.order_by("since") if _kept(hold, message, accounts)]


def _waited_until(message: Message, calls: Sequence[Attempt]) -> datetime | None:
    return calls[0].prepared_at if calls else message.final_at


def _accounts(message: Message) -> list[UpstreamAccount]:
    if message.upstream_account:
        return [message.upstream_account]
    return accounts_for(
        message.application_id, message.application.environment, message.category, message.extno
    )


def _kept(hold: Hold, message: Message, accounts: Sequence[UpstreamAccount]) -> bool:
    alone = Restraints([hold])
    if alone.hold_chunk(message.application_id, message.batch_id):
        return True
    return any(
        alone.hold_account(account, message.extno or account.extno)
        or alone.hold_message(account, message.mobile, message.text)  # type: ignore[attr-defined]
        for account in accounts
    )
