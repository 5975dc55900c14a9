"""`Authorization: Bearer <key>` → the caller."""

import re
from dataclasses import dataclass
from typing import Any, NamedTuple

import structlog
from django.db import InternalError, OperationalError, connection
from django.utils.translation import gettext as _
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import APIException, AuthenticationFailed
from rest_framework.request import Request

from accounts.models import ApiKey, Application
from accounts.networks import PeerUnknown, household, is_allowed, peer_of
from accounts.rates import Rate, buckets, seconds
from accounts.refusals import WRONG_KEY, NetworkNotAllowed, TooManyWrongKeys
from accounts.remembered import Remembered
from accounts.scopes import needed_scope
from accounts.services import KEY_SCHEME, digest_of

log = structlog.get_logger(__name__)

KEY_FORM = re.compile(rf"{KEY_SCHEME}_(?P<prefix>[0-9a-f]{{12}})_[\w-]{{20,80}}", re.ASCII)
WRONG_KEYS = Rate(per_second=0.5, burst=30)  # from one address: room for people's mistakes, not for guessing
USED_SECONDS = 60  # `last_used_at` is written at most so often


@dataclass(frozen=True)
class Caller:
    """What `request.user` is behind an API key."""

    application: Application
    key: ApiKey
    is_authenticated: bool = True
    pk: None = None


class ApiKeyAuthentication(BaseAuthentication):
    """Find the key by the SHA-256 of what was sent; a revoked one is refused a second later at most."""

    def authenticate(self, request: Request) -> tuple[Caller, ApiKey] | None:
        if not get_authorization_header(request).strip():
            return None
        caller = self.recognise(request)
        if caller is None:
            raise self._refusal(request)
        return caller, caller.key

    def recognise(self, request: Request) -> Caller | None:
        """Return whose key it is; None for a wrong one, which is not counted. Raises `NetworkNotAllowed`."""
        scheme, _space, text = get_authorization_header(request).decode("latin-1").partition(" ")
        key = _keys.get(_claim(text.strip() if scheme.lower() == "bearer" else ""))
        if key is None:
            return None
        refuse_unless_from(request, key)
        return Caller(key.application, key)

    def authenticate_header(self, _request: Request) -> str:
        return 'Bearer realm="smsgateway"'

    def on_guessing(self, origin: str) -> None:
        """Called for each wrong key from where too many came; `origin` is an address or an IPv6 network."""

    def _refusal(self, request: Request) -> APIException:
        """Count a wrong key where it came from. Valid keys from there go on, since many may share an address."""
        origin = _origin(request)
        verdict = buckets.take(f"wrong-keys:{origin}", WRONG_KEYS)
        if verdict.allowed:
            return AuthenticationFailed(WRONG_KEY)
        self.on_guessing(origin)
        text = _(
            "Too many wrong API keys came from %(origin)s. Mend the key, and try it in %(seconds)d seconds."
        )
        wait = seconds(verdict.retry_after)
        return TooManyWrongKeys(text % {"origin": origin, "seconds": wait}, wait)


def _origin(request: Request) -> str:
    try:
        return household(peer_of(request.META))
    except PeerUnknown:
        return "unknown"


def refuse_unless_from(request: Request, key: ApiKey) -> None:
    """Raise `NetworkNotAllowed` where application or key are bound to networks and the caller is in none of them."""
    bounds = [networks for networks in (key.application.networks, key.networks) if networks]
    if not bounds:
        return
    try:
        peer = peer_of(request.META)
    except PeerUnknown as error:
        raise NetworkNotAllowed(
            _(
                "This key works from certain networks only, and where this request comes from can't be told: our "
                "proxies add no address to X-Forwarded-For. Ask staff to look at TRUSTED_PROXY_HOPS."
            )
        ) from error
    if not all(is_allowed(peer, networks) for networks in bounds):
        text = _(
            "This key works from certain networks only; your request comes from %(address)s. Send it from one of "
            "them, or ask staff to allow yours."
        )
        raise NetworkNotAllowed(text % {"address": peer})


class _Claim(NamedTuple):
    """What a caller says to have: whoever can name the digest knows the key."""

    prefix: str
    digest: str


def _claim(text: str) -> _Claim:
    """What has not even the form of a key is looked for too, under no prefix, so that it takes as long."""
    form = KEY_FORM.fullmatch(text)
    return _Claim(form["prefix"] if form else "", digest_of(text))


def _read_key(claim: _Claim) -> ApiKey | None:
    key = (
        ApiKey.objects.live()
        .filter(prefix=claim.prefix, digest=claim.digest, application__is_active=True)
        .select_related("application__purse")
        .first()
    )
    if key is not None:
        _note_use(key)
    return key


_keys = Remembered(_read_key)


# The primary key serves it. Nobody waits for another process that notes the same, or for staff who revoke it.
NOTE_USE = """
UPDATE accounts_apikey SET last_used_at = statement_timestamp() WHERE id = (
    SELECT id FROM accounts_apikey
    WHERE id = %s AND coalesce(last_used_at < statement_timestamp() - make_interval(secs => %s), true)
    FOR NO KEY UPDATE SKIP LOCKED)
"""


def _note_use(key: ApiKey) -> None:
    """Write when a key was used, at most once a minute; a database that only reads does not lock callers out."""
    try:
        with connection.cursor() as cursor:
            cursor.execute(NOTE_USE, [key.pk, USED_SECONDS])
    except (InternalError, OperationalError) as error:
        log.warning("key_use_not_noted", key=key.prefix, reason=type(error).__name__)


class ApiKeyScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = ApiKeyAuthentication
    match_subclasses = True
    name = "apiKey"

    def get_security_definition(self, auto_schema: object) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer"}

    def get_security_requirement(self, auto_schema: Any) -> dict[str, list[str]]:
        """Name the scope that the operation needs, from where `NeededScope` reads it."""
        scope = needed_scope(auto_schema.view, auto_schema.method)
        return {self.name: [scope.value] if scope else []}
