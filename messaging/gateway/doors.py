"""`/sms`: one call in, one answer out, with HTTP status 200, as the vendor's, unless nobody knows what happened."""

from collections.abc import Callable, Mapping

import structlog
from django.db import InterfaceError, InternalError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from accounts.ledger import balance_of, purse_of
from accounts.models import GatewayLogin
from messaging.exceptions import MaybeStored
from messaging.gateway.admission import admitted
from messaging.gateway.answers import Answer, Row, as_json, as_xml
from messaging.gateway.codes import Refusal, Status
from messaging.gateway.forms import Call, read_call, wants_json
from messaging.gateway.submitting import submit
from messaging.models import GivenPage
from messaging.outflow import take

log = structlog.get_logger(__name__)


def _reports(login: GatewayLogin, call: Call) -> list[Row]:
    return take(login, GivenPage.Kind.REPORT, call.size)


def _inbound(login: GatewayLogin, call: Call) -> list[Row]:
    return take(login, GivenPage.Kind.MO, call.size)


LISTS: Mapping[str, Callable[[GatewayLogin, Call], list[Row]]] = {
    "send": submit,
    "p2p": submit,
    "report": _reports,
    "mo": _inbound,
}


@csrf_exempt
@require_http_methods(["GET", "POST"])
def receive_call(request: HttpRequest) -> HttpResponse:
    """Answer a call of the vendor's protocol (document, sections 1 to 5)."""
    in_json = wants_json(request)
    try:
        answer = _answer(request)
    except Refusal as refusal:
        answer = Answer(refusal.status, rows=None if _asks_balance(request) else ())
    except (OperationalError, InterfaceError, InternalError):
        log.exception("storage_unavailable")
        answer = Answer(Status.INTERNAL, rows=None if _asks_balance(request) else ())
    except MaybeStored:
        # It may have been accepted: no answer of the protocol says so, and any would be taken for a refusal.
        log.exception("maybe_stored")
        return HttpResponse(b"", status=500, content_type="text/plain")
    if in_json:
        return HttpResponse(as_json(answer), content_type="application/json;charset=UTF-8")
    return HttpResponse(as_xml(answer), content_type="text/xml;charset=UTF-8")


def _answer(request: HttpRequest) -> Answer:
    call = read_call(request)
    with admitted(request, call) as login:
        application = login.application
        if call.action == "balance":
            purse = purse_of(application)
            charge_type = purse.charge_type if purse else "POSTCHARGE"
            return Answer(Status.AUTHENTICATED, balance_of(application), charge_type=charge_type)
        rows = LISTS[call.action](login, call)
        return Answer(Status.AUTHENTICATED, balance_of(application), rows)


def _asks_balance(request: HttpRequest) -> bool:
    try:
        return read_call(request).action == "balance"
    except Refusal:
        return False
