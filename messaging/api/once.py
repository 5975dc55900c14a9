"""`Idempotency-Key`: the same request again gets the first answer."""

import hashlib
import json
import re
from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast

from django.http import HttpResponse, HttpResponseBase
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter
from rest_framework import status
from rest_framework.exceptions import APIException
from rest_framework.request import Request

from accounts.authentication import Caller
from messaging import once
from messaging.exceptions import Refused, Throttled
from messaging.once import Once, TwinWasFirst

KEY = re.compile(r'[\x21\x23-\x7e]{1,255}|"[\x20\x21\x23-\x7e]{1,255}"', re.ASCII)

IDEMPOTENCY_KEY = OpenApiParameter(
    "Idempotency-Key",
    {"type": "string", "pattern": f"^({KEY.pattern})$", "examples": ["8e03978e-40d5-43e8-bc93-6894a57f9324"]},
    OpenApiParameter.HEADER,
    description="Yours, up to 255 visible ASCII characters. Within 7 days the same key with the same JSON gets the "
    "first answer again, with `Idempotent-Replayed: true`; nothing is done twice.",
)

Post = Callable[..., HttpResponseBase]
Accepted = TypeVar("Accepted")


class BadKey(APIException):
    status_code = 400
    default_code = "idempotency_key_invalid"


class MissingKey(APIException):
    status_code = 400
    default_code = "idempotency_key_missing"


def done_once(operation: str) -> Callable[[Post], Post]:
    """Hand `only: Once | None` to a view's method, or answer what was answered to the same request before.

    The scope of a key is the application and the operation. What was refused is not remembered.
    """

    def decorate(post: Post) -> Post:
        @wraps(post)
        def method(view: Any, request: Request, **path: Any) -> HttpResponseBase:
            key = _key_of(request)
            if key is None:
                return post(view, request, **path, only=None)
            first = _look(request, operation, key)
            if isinstance(first, bytes):
                return answer(first, replayed=True)
            try:
                return post(view, request, **path, only=first)
            except (TwinWasFirst, Refused, Throttled):
                # What our twin has used up, a number's share or a quota, must not refuse us its answer.
                first = _look(request, operation, key)
                if isinstance(first, Once):
                    raise
            return answer(first, replayed=True)

        return method

    return decorate


def answer(body: bytes, *, replayed: bool = False) -> HttpResponse:
    """Return a stored answer as it was given first."""
    response = HttpResponse(body, status=status.HTTP_202_ACCEPTED, content_type="application/json")
    if replayed:
        response["Idempotent-Replayed"] = "true"
    return response


def written_once(write: Callable[[Accepted], bytes]) -> Callable[[Accepted], bytes]:
    """Make an answer at the first call and return it at each: what is stored is what is given, written once."""
    written: list[bytes] = []

    def body(accepted: Accepted) -> bytes:
        if not written:
            written.append(write(accepted))
        return written[0]

    return body


def _key_of(request: Request) -> str | None:
    """Return the key, without the quotes that the IETF's draft wants around it."""
    text = request.headers.get("Idempotency-Key")
    if text is None:
        if _caller(request).application.requires_idempotency_key:
            raise MissingKey(_("Your application must send an Idempotency-Key with each request that sends."))
        return None
    if not KEY.fullmatch(text):
        raise BadKey(_("An Idempotency-Key has 1 to 255 visible ASCII characters, such as a UUID."))
    return text.strip('"')


def _look(request: Request, operation: str, key: str) -> Once | bytes:
    return once.look(_caller(request).application.pk, operation, key, _fingerprint(request))


def _fingerprint(request: Request) -> bytes:
    """Path and body; the order of names and the blanks between them say nothing."""
    body = request.data if request.stream is not None else None
    canonical = json.dumps([request.path, body], sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(canonical.encode()).digest()


def _caller(request: Request) -> Caller:
    return cast("Caller", request.user)
