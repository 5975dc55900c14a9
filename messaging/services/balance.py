"""What the vendor says is left on an account."""

import structlog

from accounts.encryption import WrongEncryptionKey
from accounts.models import UpstreamAccount
from accounts.services import record_balance
from messaging.upstream import client_for
from messaging.vendor.answers import Balance
from messaging.vendor.errors import VendorError

log = structlog.get_logger(__name__)


def read_balance(account_id: int) -> Balance | None:
    """Ask for an account's balance and keep the reading; return None when it could not be had."""
    account = UpstreamAccount.objects.get(pk=account_id)
    try:
        answer = client_for(account).balance()
    except (VendorError, WrongEncryptionKey) as error:
        log.warning("balance_not_read", account=account_id, reason=str(error))
        return None
    if answer.balance is not None:
        record_balance(account_id, answer.balance, answer.charge_type or "")
    return answer
