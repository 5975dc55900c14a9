"""Who is calling, and may they (the password row of each table in the vendor's document)."""

import hashlib
import re

from messaging.simulator.accounts import Account
from messaging.simulator.codes import RefusedError, Status
from messaging.simulator.wire import Call

LINE_BREAK = re.compile(r"\r\n|\r|\n")


def authenticate(account: Account | None, call: Call) -> Account:
    """Return the account that may make this call.

    Raises RefusedError with STATUS 2, 3, 6 or 7 (section 7).
    """
    if account is None:
        raise RefusedError(Status.WRONG_PASSWORD)
    if account.allowed_ips and call.peer not in account.allowed_ips:
        raise RefusedError(Status.ADDRESS_REFUSED)
    if not _knows_password(account, call):
        raise RefusedError(Status.WRONG_PASSWORD)
    if not account.enabled:
        raise RefusedError(Status.ACCOUNT_DISABLED)
    if account.protocol != "http":
        raise RefusedError(Status.WRONG_ACCESS_POINT)
    return account


def _knows_password(account: Account, call: Call) -> bool:
    given = call.form["password"]
    if "plain" in account.auth_modes and given == account.password:
        return True
    return "md5" in account.auth_modes and given == _digest(account, call)


def _digest(account: Account, call: Call) -> str:
    signed = account.password + _signed_fields(account, call)
    digest = hashlib.md5(signed.encode(), usedforsecurity=False).hexdigest()
    return digest.upper() if account.md5_case == "upper" else digest


def _signed_fields(account: Account, call: Call) -> str:
    form = call.form
    if call.action == "p2p":
        return form["extno"] + LINE_BREAK.sub("", form["mobileContentList"])
    if call.action != "send":
        return ""
    if account.md5_order == "mobile_content":
        return form["extno"] + form["mobile"] + form["content"]
    return form["extno"] + form["content"] + form["mobile"]
