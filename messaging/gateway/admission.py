"""Who may come in (document, section 7: STATUS 2, 3, 6, 7 and 21)."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import structlog
from django.http import HttpRequest

from accounts.encryption import decrypt
from accounts.live_calls import TooManyCalls, live_calls
from accounts.models import Application, GatewayLogin
from accounts.networks import PeerUnknown, household, is_allowed, peer_of
from accounts.rates import Rate, buckets
from accounts.remembered import Remembered
from accounts.throttling import rate_of
from messaging.gateway.codes import Refusal, Status
from messaging.gateway.forms import Call
from messaging.gateway.passwords import proves

log = structlog.get_logger(__name__)

WRONG_PASSWORDS = Rate(per_second=0.5, burst=30)  # for one login from one address: no room for guessing
MOST_CLOSED = 10_000

_closed_until: dict[str, float] = {}  # by the monotonic clock


@dataclass(frozen=True)
class _Known:
    login: GatewayLogin
    password: str = field(repr=False)


def _read(account: str) -> _Known | None:
    login = (
        GatewayLogin.objects.filter(account=account)
        .select_related("application__purse")
        .order_by("pk")
        .first()
    )
    return _Known(login, decrypt(login.encrypted_password)) if login else None


_logins = Remembered(_read)


@contextmanager
def admitted(request: HttpRequest, call: Call) -> Iterator[GatewayLogin]:
    """Let a call in for as long as the block lasts; the login is at most a second old. Raises `Refusal`."""
    login = _recognised(request, call)
    _refuse_too_fast(login.application)
    try:
        with live_calls.one_of(f"login:{login.pk}", login.max_connections):
            yield login
    except TooManyCalls as error:
        raise Refusal(Status.TOO_MANY_CONNECTIONS) from error


def _recognised(request: HttpRequest, call: Call) -> GatewayLogin:
    origin = f"wrong-passwords:{call.account[:80]}:{_household(request)}"
    if time.monotonic() < _closed_until.get(origin, 0.0):
        raise Refusal(Status.TOO_MANY_CONNECTIONS)
    # What staff have mended a moment ago counts: nobody is refused by what was remembered.
    for known in (_logins.get(call.account), _read(call.account)):
        status = _why_not(request, call, known)
        if known and status is None:
            return known.login
    log.warning("gateway_login_refused", account=call.account[:80], action=call.action, status=status)
    if status == Status.WRONG_PASSWORD:
        raise _wrong_password(origin)
    raise Refusal(status or Status.WRONG_PASSWORD)


def _why_not(request: HttpRequest, call: Call, known: _Known | None) -> Status | None:
    """Return the STATUS that refuses a call; None where it may come in."""
    if known is None:
        return Status.WRONG_PASSWORD
    login = known.login
    if not _comes_from_where_it_may(request, login):
        return Status.ADDRESS_REFUSED
    if not proves(call, login, known.password):
        return Status.WRONG_PASSWORD
    if not (login.is_active and login.application.is_active):
        return Status.DISABLED
    return None if login.protocol == login.Protocol.HTTP else Status.WRONG_ACCESS_POINT


def _comes_from_where_it_may(request: HttpRequest, login: GatewayLogin) -> bool:
    bounds = [networks for networks in (login.networks, login.application.networks) if networks]
    try:
        return not bounds or all(is_allowed(peer_of(request.META), networks) for networks in bounds)
    except PeerUnknown:
        return False


def _wrong_password(origin: str) -> Refusal:
    """Count it; whoever sends too many is not listened to for a while, even with the right one."""
    verdict = buckets.take(origin, WRONG_PASSWORDS)
    if verdict.allowed:
        return Refusal(Status.WRONG_PASSWORD)
    if len(_closed_until) >= MOST_CLOSED:
        _closed_until.clear()
    _closed_until[origin] = time.monotonic() + verdict.retry_after
    return Refusal(Status.TOO_MANY_CONNECTIONS)


def _household(request: HttpRequest) -> str:
    try:
        return household(peer_of(request.META))
    except PeerUnknown:
        return "unknown"


def _refuse_too_fast(application: Application) -> None:
    """An application's rate counts its calls here and its requests to the API together."""
    rate = rate_of(application)
    if rate and not buckets.take(f"application:{application.pk}", rate).allowed:
        raise Refusal(Status.TOO_MANY_CONNECTIONS)
