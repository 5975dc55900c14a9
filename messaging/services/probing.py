"""Tries an upstream account by what neither sends nor consumes anything: its address, its encryption, `balance`."""

import socket
import threading
from dataclasses import dataclass, replace
from enum import StrEnum
from time import monotonic
from typing import Literal

import structlog
from urllib3.exceptions import LocationParseError
from urllib3.util import parse_url

from accounts.encryption import WrongEncryptionKey
from accounts.models import Route, UpstreamAccount
from accounts.services import record_balance
from messaging.holding import in_force
from messaging.upstream import client_for
from messaging.vendor import errors
from messaging.vendor.answers import Balance
from messaging.vendor.client import Client
from messaging.vendor.codes import Code

log = structlog.get_logger(__name__)

TOTAL_SECONDS = 20.0
NAME_SECONDS = 5.0
CONNECT_SECONDS = 5.0
LOCAL = ("localhost", "127.0.0.1", "::1")
WRONG_LOGIN = "3"


class Fix(StrEnum):
    """The one thing to put right, in the order in which one hides the next."""

    KEY = "key"
    URL = "url"
    NAME = "name"
    PORT = "port"
    NETWORK = "network"
    CERTIFICATE = "certificate"
    PATH = "path"
    NO_GATEWAY = "no_gateway"
    NO_ANSWER = "no_answer"
    OTHER_MODE = "other_mode"
    CODE = "code"
    INACTIVE = "inactive"
    NO_ROUTE = "no_route"
    HELD = "held"
    NO_CREDIT = "no_credit"
    XML = "xml"
    PLAIN_HTTP = "plain_http"
    NOTHING = "nothing"


class Step(StrEnum):
    """How far the test came."""

    KEY = "key"
    NAME = "name"
    CONNECTION = "connection"
    ENCRYPTION = "encryption"
    ANSWER = "answer"
    LOGIN = "login"


@dataclass(frozen=True)
class Diagnosis:
    """What a test found. `passed` in order; `failed` is None where all did; `elapsed_ms` of the last call."""

    fix: Fix
    passed: tuple[Step, ...]
    failed: Step | None = None
    reason: str = ""
    code: Code | None = None
    answer: Balance | None = None
    elapsed_ms: int = 0


# Where a call that never left stopped, and what that asks for.
NEVER_LEFT = {
    "bad_url": (Step.NAME, Fix.URL),
    "dns_failure": (Step.NAME, Fix.NAME),
    "connect_refused": (Step.CONNECTION, Fix.PORT),
    "connect_failed": (Step.CONNECTION, Fix.NETWORK),
    "connect_timeout": (Step.CONNECTION, Fix.NETWORK),
    "tls_failure": (Step.ENCRYPTION, Fix.CERTIFICATE),
}
NOT_A_GATEWAY = frozenset({"unparsable", "empty_body", "content_encoding", "body_too_large", "bad_http"})


def probe(account: UpstreamAccount) -> Diagnosis:
    """Try the account for at most some `TOTAL_SECONDS`; outside any transaction, for it waits for the network.

    Never sends, never fetches. A refused login is tried once more with the other password mode. A balance that is
    answered is kept.
    """
    until = monotonic() + TOTAL_SECONDS
    try:
        client = client_for(account)
    except WrongEncryptionKey:
        return Diagnosis(Fix.KEY, (), Step.KEY)
    diagnosis = _unnamed(account) or _ask(account, client, until)
    log.info("account_probed", account=account.pk, fix=diagnosis.fix, reason=diagnosis.reason)
    return diagnosis


def _unnamed(account: UpstreamAccount) -> Diagnosis | None:
    """A resolver knows no deadline, so it is asked beside us."""
    try:
        host = parse_url(account.base_url).host
    except LocationParseError:
        host = None
    if not host:
        return Diagnosis(Fix.URL, (Step.KEY,), Step.NAME, "bad_url")
    found: list[object] = []

    def look() -> None:
        try:
            found.extend(socket.getaddrinfo(host.strip("[]"), None))
        except (OSError, UnicodeError):
            return

    resolver = threading.Thread(target=look, daemon=True)
    resolver.start()
    resolver.join(NAME_SECONDS)
    return None if found else Diagnosis(Fix.NAME, (Step.KEY,), Step.NAME, "dns_failure")


def _balance(client: Client, until: float) -> Balance:
    left = max(until - monotonic(), 0.1)
    return replace(client, connect_timeout=min(CONNECT_SECONDS, left), deadline=left).balance()


def _ask(account: UpstreamAccount, client: Client, until: float) -> Diagnosis:
    try:
        answer = _balance(client, until)
    except errors.VendorError as error:
        return _failed(account, client, error, until)
    if answer.balance is not None:
        record_balance(account.pk, answer.balance, answer.charge_type or "")
    return Diagnosis(_rest(account, answer), _steps(account, None), answer=answer)


def _failed(account: UpstreamAccount, client: Client, error: errors.VendorError, until: float) -> Diagnosis:
    step, fix = _place(error)
    if error.code and error.code.code == WRONG_LOGIN and _other_mode_works(client, until):
        fix = Fix.OTHER_MODE
    passed = _steps(account, step)
    return Diagnosis(fix, passed, step, error.reason, error.code, elapsed_ms=error.elapsed_ms)


def _place(error: errors.VendorError) -> tuple[Step, Fix]:
    if error.code:
        return Step.LOGIN, Fix.CODE
    if error.reason in NEVER_LEFT:
        return NEVER_LEFT[error.reason]
    if isinstance(error, errors.HttpRefused):
        return Step.ANSWER, Fix.PATH
    return Step.ANSWER, Fix.NO_GATEWAY if _answers_otherwise(error) else Fix.NO_ANSWER


def _answers_otherwise(error: errors.VendorError) -> bool:
    return error.reason in NOT_A_GATEWAY or (error.http_status or 0) // 100 == 3


def _other_mode_works(client: Client, until: float) -> bool:
    mode: Literal["md5", "plain"] = "md5" if client.login.auth_mode == "plain" else "plain"
    try:
        _balance(replace(client, login=replace(client.login, auth_mode=mode)), until)
    except errors.VendorError:
        return False
    return True


def _steps(account: UpstreamAccount, failed: Step | None) -> tuple[Step, ...]:
    steps = [step for step in Step if step != Step.ENCRYPTION or account.base_url.startswith("https")]
    return tuple(steps[: steps.index(failed)] if failed else steps)


def _rest(account: UpstreamAccount, answer: Balance) -> Fix:
    """What may still be in the way where the login is right."""
    prepaid = answer.charge_type != "POSTCHARGE"
    host = parse_url(account.base_url).host or ""
    found = {
        Fix.INACTIVE: not account.is_active,
        Fix.NO_ROUTE: not Route.objects.filter(upstream_account=account).exists(),
        Fix.HELD: in_force().filter(upstream_account=account).exists(),
        Fix.NO_CREDIT: prepaid and answer.balance is not None and answer.balance <= 0,
        Fix.XML: answer.in_xml,
        Fix.PLAIN_HTTP: account.base_url.startswith("http://") and host.strip("[]") not in LOCAL,
    }
    return next((fix for fix, is_so in found.items() if is_so), Fix.NOTHING)
