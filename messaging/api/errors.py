"""Every error in one shape: RFC 9457 `application/problem+json`, with a stable `code` and whether to try again."""

from collections.abc import Iterator, Sequence
from math import ceil
from typing import Any

import structlog
from django.db import InterfaceError, InternalError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.urls import is_valid_path
from django.utils.translation import gettext as _
from django.views.defaults import bad_request as django_bad_request
from django.views.defaults import page_not_found, server_error
from rest_framework import exceptions as drf
from rest_framework.response import Response
from rest_framework.views import APIView, set_rollback
from structlog.contextvars import get_contextvars

from messaging.exceptions import (
    DomainError,
    Invalid,
    MaybeStored,
    NotFound,
    NotStored,
    Overloaded,
    Problem,
    Refused,
    Throttled,
    Unpaid,
)

log = structlog.get_logger(__name__)

CONTENT_TYPE = "application/problem+json"
API = "/api/v1"

# domain error → HTTP status; the code is the error's own
STATUS_OF: dict[type[DomainError], int] = {
    Invalid: 422, NotFound: 404, Refused: 409, Unpaid: 402, Throttled: 429, Overloaded: 503,
    NotStored: 503, MaybeStored: 503,
}  # fmt: skip

# HTTP status → whether the same request may be sent again: never, after_fix, later
RETRY_OF = {400: "after_fix", 401: "after_fix", 402: "after_fix", 403: "after_fix", 404: "never",
            405: "never", 406: "after_fix", 408: "later", 409: "never", 413: "after_fix", 415: "after_fix",
            422: "after_fix", 429: "later", 500: "later", 503: "later"}  # fmt: skip

CODE_OF = {401: "unauthenticated", 404: "not_found", 405: "method_not_allowed",
           406: "not_acceptable",
           413: "body_too_large", 415: "unsupported_media_type"}  # fmt: skip


def problem(
    status: int, code: str, detail: str, *, errors: tuple[Problem, ...] = (), retry: str | None = None
) -> dict[str, Any]:
    """Return the body of an error answer."""
    return {
        "type": f"urn:smsgateway:problem:{code}",
        "title": code.replace("_", " ").capitalize(),
        "status": status,
        "code": code,
        "detail": _sound(detail),
        "errors": [
            {"pointer": _sound(e.pointer), "code": e.code, "detail": _sound(e.detail)} for e in errors
        ],
        "request_id": get_contextvars().get("request_id"),
        "retry": retry or RETRY_OF.get(status, "later" if status >= 500 else "never"),
    }


def _sound(text: str) -> str:
    """Half of a surrogate pair, which a caller's field name may have, can't be written as UTF-8."""
    return text.encode("utf-8", "replace").decode()


def problem_response(error: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's exception handler; None lets an unforeseen error travel on to `server_error_problem`."""
    set_rollback()
    if isinstance(error, DomainError):
        return _domain(error)
    if isinstance(error, drf.ValidationError):
        return _validation(error)
    if isinstance(error, OperationalError | InterfaceError | InternalError):  # away, cut off, or read-only
        log.error("storage_unavailable", exc_info=error)
        return _answer(
            problem(
                503,
                "storage_unavailable",
                _("The database can't be reached. Ask again in a moment."),
            ),
            {"Retry-After": "5"},
        )
    if isinstance(error, Http404):
        error = drf.NotFound(_("There is no such thing here, or it is not yours."))
    if isinstance(error, drf.APIException):
        return _api(error, context)
    return None


def _answer(body: dict[str, Any], headers: dict[str, str] | None = None) -> Response:
    return Response(body, status=body["status"], headers=headers, content_type=CONTENT_TYPE)


def _methods(view: APIView) -> list[str]:
    return [method for method in view.allowed_methods if method != "HEAD"]


def _domain(error: DomainError) -> Response:
    status = next(status for kind, status in STATUS_OF.items() if isinstance(error, kind))
    if isinstance(error, NotStored | MaybeStored):
        log.error(error.code, exc_info=error)
    errors = error.problems if isinstance(error, Invalid | Throttled | Unpaid) else ()
    seconds = ceil(error.seconds) if isinstance(error, Throttled | Overloaded) else 5
    headers = {"Retry-After": str(seconds)} if status in {429, 503} else None
    told_at_once = isinstance(error, Unpaid) or not errors
    detail = str(error) if told_at_once else _summary(str(error), errors)
    return _answer(problem(status, error.code, detail, errors=errors, retry=error.retry), headers)


def _api(error: drf.APIException, context: dict[str, Any]) -> Response:
    status = error.status_code
    code = CODE_OF.get(status, str(error.default_code))
    headers = {name: str(value) for name, value in _headers(error)}
    return _answer(problem(status, code, _next_step(error, context)), headers)


def _next_step(error: drf.APIException, context: dict[str, Any]) -> str:
    """Say what to do where DRF only says what is wrong."""
    if isinstance(error, drf.UnsupportedMediaType):
        return _("Send the body as JSON, with `Content-Type: application/json`.")
    if isinstance(error, drf.NotAcceptable):
        return _("Answers are JSON. Send `Accept: application/json`, or leave it out.")
    if isinstance(error, drf.MethodNotAllowed):
        told = {"method": context["request"].method, "allowed": ", ".join(_methods(context["view"]))}
        return (
            _("%(method)s is not possible here, only %(allowed)s. /api/v1/docs/ says what each does.") % told
        )
    return str(error.detail)


def _headers(error: drf.APIException) -> Iterator[tuple[str, Any]]:
    if getattr(error, "auth_header", None):
        yield "WWW-Authenticate", error.auth_header  # type: ignore[attr-defined]
    if getattr(error, "wait", None):
        yield "Retry-After", max(1, ceil(error.wait))  # type: ignore[attr-defined]


def _validation(error: drf.ValidationError) -> Response:
    problems = tuple(problems_of(error))[:100]
    first = problems[0]
    if len(problems) == 1:
        return _answer(problem(422, first.code, _summary(first.detail, problems), errors=problems))
    detail = _("%(count)d fields can't be accepted; see `errors`.") % {"count": len(problems)}
    return _answer(problem(422, "invalid_request", _summary(detail, problems), errors=problems))


def _summary(detail: str, problems: Sequence[Problem]) -> str:
    """For whoever reads one line: where it is wrong, what, and that the request can be sent again once it is mended."""
    [place, *others] = [problem.pointer for problem in problems]
    begins = f"`{place}`: " if place and not others else ""
    return f"{begins}{detail} {_('Nothing was stored.')}"


def problems_of(error: drf.ValidationError) -> Iterator[Problem]:
    """What a serializer found wrong, each with its place in the body."""
    return _flatten("", error.detail)


def _flatten(pointer: str, detail: Any) -> Iterator[Problem]:
    if isinstance(detail, dict):
        for key, value in detail.items():
            deeper = (
                pointer
                if key == "non_field_errors"
                else f"{pointer}/{str(key).replace('~', '~0').replace('/', '~1')}"
            )
            yield from _flatten(deeper, value)
    elif isinstance(detail, list):
        for value in detail:
            yield from _flatten(pointer, value)
    else:
        yield Problem(pointer, str(detail.code), str(detail))


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's 404 page for people, and a problem for programs, which often leave out `/api/v1`."""
    if not request.path.startswith("/api/") and (
        is_valid_path(request.path) or "text/html" in request.headers.get("Accept", "")
    ):
        return page_not_found(request, exception)
    detail = _("There is no such address; /api/v1/docs/ lists them.")
    if meant := _meant(request.path):
        detail = _("There is no such address. Try %(path)s; /api/v1/docs/ lists all.") % {"path": meant}
    body = problem(404, "not_found", detail)
    return JsonResponse(body, status=404, content_type=CONTENT_TYPE)


def _meant(path: str) -> str | None:
    """Return the address of ours that differs in a slash at the end or in how it begins; None where there is none."""
    address = f"{API}{path.rstrip('/').removeprefix('/api').removeprefix('/v1')}"
    return address if is_valid_path(address) else None


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's 400 page, and a problem for callers of the API: mostly a Host that ALLOWED_HOSTS does not name."""
    if not request.path.startswith("/api/"):
        return django_bad_request(request, exception)
    body = problem(
        400, "bad_request", _("The Host of this request is not ours. Use the address you were given.")
    )
    return JsonResponse(body, status=400, content_type=CONTENT_TYPE)


def failed(request: HttpRequest) -> HttpResponse:
    """Django's 500 page, and a problem for callers of the API."""
    if not request.path.startswith("/api/"):
        return server_error(request)
    body = problem(
        500,
        "internal_error",
        _(
            "Our fault, and it is logged under this request_id. Look for what you sent before you send it again."
        ),
    )
    return JsonResponse(body, status=500, content_type=CONTENT_TYPE)
