"""Where the gateway pushes reports and inbound messages (section 6 of its document)."""

import structlog
from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.db import Error
from django.http import HttpRequest, HttpResponse
from django.http.request import RawPostDataException, UnreadablePostError
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from messaging import tasks
from messaging.exceptions import NotFound
from messaging.services import payloads

log = structlog.get_logger(__name__)


@csrf_exempt
@require_POST
def receive_push(request: HttpRequest, token: str) -> HttpResponse:
    """Answer `OK` only after the raw body is committed; anything else makes the gateway push again."""
    length = _announced(request)
    if length > settings.PUSH_MAX_BYTES:
        return _plain("The body is too large.", 413)
    try:
        body = request.body
    except (RequestDataTooBig, RawPostDataException):
        return _plain("The body is too large.", 413)
    except UnreadablePostError:
        return _plain("The body is cut short.", 400)
    if not body.strip():
        # A chunked body can read as empty under WSGI: an OK would acknowledge what was never seen.
        return _plain("The body is empty.", 400)
    if len(body) < length:
        return _plain("The body is cut short.", 400)
    try:
        payload_id = payloads.receive_push(token, body, request.content_type or "")
    except NotFound as error:
        return _plain(error.detail, 404)
    except Error:
        log.exception("push_not_stored")
        return _plain("Not stored. Push it again.", 503)
    tasks.ring("read_payload", str(payload_id))
    return _plain("OK", 200)


def _announced(request: HttpRequest) -> int:
    length = request.headers.get("Content-Length", "")
    return int(length) if length.isascii() and length.isdigit() else 0


def _plain(text: str, status: int) -> HttpResponse:
    return HttpResponse(text, status=status, content_type="text/plain")
