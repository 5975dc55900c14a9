"""One log line a request, and an id that caller, log and problem share."""

import re
import time
from collections.abc import Callable

import structlog
from django.http import HttpRequest, HttpResponse
from structlog.contextvars import bound_contextvars

from messaging.models import new_id
from smsgateway.health import alive

log = structlog.get_logger(__name__)

CALLERS_OWN = re.compile(r"[A-Za-z0-9._-]{1,64}")
QUIET = frozenset({"/readyz", "/metrics"})


class RequestLog:
    """Takes `X-Request-ID` from the caller when it is harmless, answers it, and logs path and status, never a query."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path == "/healthz":
            # Probes come with any Host; it stands before the check of ALLOWED_HOSTS.
            return alive(request)
        given = request.headers.get("X-Request-ID", "")
        request_id = given if CALLERS_OWN.fullmatch(given) else str(new_id())
        began = time.monotonic()
        with bound_contextvars(request_id=request_id):
            response = self.get_response(request)
            if request.path not in QUIET:
                log.info(
                    "request", method=request.method, path=_shown(request), status=response.status_code,
                    ms=round((time.monotonic() - began) * 1000),
                )  # fmt: skip
        response["X-Request-ID"] = request_id
        return response


def _shown(request: HttpRequest) -> str:
    """The route instead of the path: a push token is a secret, an admin path can hold a number."""
    return f"/{request.resolver_match.route}" if request.resolver_match else "(no route)"
