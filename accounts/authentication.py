"""`Authorization: Bearer <key>` → the caller."""

import re
from dataclasses import dataclass
from typing import NamedTuple

from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from accounts.models import ApiKey, Application
from accounts.remembered import Remembered
from accounts.services import KEY_SCHEME, digest_of

KEY_FORM = re.compile(rf"{KEY_SCHEME}_(?P<prefix>[0-9a-f]{{12}})_[\w-]{{20,80}}", re.ASCII)


@dataclass(frozen=True)
class Caller:
    """What `request.user` is behind an API key."""

    application: Application
    key: ApiKey
    is_authenticated: bool = True
    pk: None = None


# One answer for every wrong key: which part was wrong is nobody's business.
REFUSED = _("This API key is not valid: unknown, expired or revoked. Ask staff for a new one.")
MALFORMED = _("Send the API key as `Authorization: Bearer sgw_…`.")


class ApiKeyAuthentication(BaseAuthentication):
    """Find the key by the SHA-256 of what was sent; a revoked one is refused a second later at most."""

    def authenticate(self, request: Request) -> tuple[Caller, ApiKey] | None:
        scheme, _space, text = get_authorization_header(request).decode("latin-1").partition(" ")
        if not scheme:
            return None
        if scheme.lower() != "bearer" or not text:
            raise AuthenticationFailed(MALFORMED)
        key = self._find(text.strip())
        return Caller(key.application, key), key

    def authenticate_header(self, _request: Request) -> str:
        return 'Bearer realm="smsgateway"'

    def _find(self, text: str) -> ApiKey:
        form = KEY_FORM.fullmatch(text)
        key = _keys.get(_Claim(form["prefix"], digest_of(text))) if form else None
        if key is None:
            raise AuthenticationFailed(REFUSED)
        return key


class _Claim(NamedTuple):
    """What a caller says to have: whoever can name the digest knows the key."""

    prefix: str
    digest: str


def _read_key(claim: _Claim) -> ApiKey | None:
    return (
        ApiKey.objects.filter(prefix=claim.prefix, digest=claim.digest)
        .filter(revoked_at__isnull=True, application__is_active=True)
        .filter(Q(expires_at__isnull=True) | Q(expires_at__gt=Now()))
        .select_related("application")
        .first()
    )


_keys = Remembered(_read_key)


class ApiKeyScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = ApiKeyAuthentication
    name = "apiKey"

    def get_security_definition(self, auto_schema: object) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer"}
