"""`/sms`: one call in, one answer out, with HTTP status 200, as the vendor's, unless nobody knows what happened."""

from collections.abc import Callable, Mapping

import structlog
from django.db import InterfaceError, InternalError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from accounts.ledger import balance_of, purse_of
from accounts.models import Application, GatewayLogin
from messaging.exceptions import MaybeStored
from messaging.gateway.admission import admitted
from messaging.gateway.answers import Answer, Row, as_json, as_xml
from messaging.gateway.codes import Refusal, Status
from messaging.gateway.forms import Call, read_call, read_form, seems_to_want_json, wants_json
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


STORAGE_IS_AWAY = (OperationalError, InterfaceError, InternalError)


@csrf_exempt
@require_http_methods(["GET", "POST"])
def receive_call(request: HttpRequest) -> HttpResponse:
    """Answer a call of the vendor's protocol (document, sections 1 to 5)."""
    try:
        form = read_form(request)
    except Refusal as refusal:
        return _written(Answer(refusal.status, rows=()), in_json=seems_to_want_json(request))
    without_list = form.get("action") == "balance"
    try:
        answer = _answer(request, form)
    except Refusal as refusal:
        answer = Answer(refusal.status, rows=None if without_list else ())
    except STORAGE_IS_AWAY:
        log.exception("storage_unavailable")
        answer = Answer(Status.INTERNAL, rows=None if without_list else ())
    except MaybeStored:
        # It may have been accepted: no answer of the protocol says so, and any would be taken for a refusal.
        log.exception("maybe_stored")
        return HttpResponse(b"", status=500, content_type="text/plain")
    return _written(answer, in_json=wants_json(form))


def _written(answer: Answer, *, in_json: bool) -> HttpResponse:
    if in_json:
        return HttpResponse(as_json(answer), content_type="application/json;charset=UTF-8")
    return HttpResponse(as_xml(answer), content_type="text/xml;charset=UTF-8")


def _answer(request: HttpRequest, form: Mapping[str, str]) -> Answer:
    call = read_call(form)
    with admitted(request, call) as login:
        application = login.application
        if call.action == "balance":
            purse = purse_of(application)
            charge_type = purse.charge_type if purse else "POSTCHARGE"
            return Answer(Status.AUTHENTICATED, balance_of(application), charge_type=charge_type)
        rows = LISTS[call.action](login, call)
        return Answer(Status.AUTHENTICATED, _balance_after(application), rows)


def _balance_after(application: Application) -> int:
    """What was done must be answered: without the database by the balance of a second ago."""
    try:
        return balance_of(application)
    except STORAGE_IS_AWAY:
        log.exception("balance_not_read")
        purse = purse_of(application)
        return purse.balance if purse else 0
