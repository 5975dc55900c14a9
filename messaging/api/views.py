"""HTTP in, service call, HTTP out."""

import uuid
from datetime import datetime
from functools import partial
from typing import Any, cast

from django.db import DatabaseError, transaction
from django.http import Http404
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.authentication import Caller
from accounts.models import Application, Scope
from messaging import finding, selectors, tasks
from messaging.api import acceptance, answers, pages
from messaging.api.cursors import read_key, write_key
from messaging.api.doors import ApiView
from messaging.api.fields import MOBILE
from messaging.api.once import IDEMPOTENCY_KEY, answer, done_once, written_once
from messaging.api.parsers import json_body
from messaging.api.preflight import PREFLIGHT, asked_preflight
from messaging.api.requests import BATCH_FORMS, BatchIn, MessageIn, options_of
from messaging.api.schema import page_of, problems
from messaging.holding import Restraints
from messaging.models import Batch, Message
from messaging.numbers import normalise
from messaging.once import Once, keep
from messaging.recipients import invalid_number
from messaging.services import intake, resending
from messaging.states import STATUS_LABELS, State
from messaging.vendor.codes import Table, all_codes, lookup

TABLES = [table.value for table in Table]
LIMIT = OpenApiParameter(
    "limit",
    {"type": "integer", "minimum": 1},
    description="50 when left out; more than 500 is taken for 500.",
)
CURSOR = OpenApiParameter("cursor", str, description="`next` of the page before.")


def application_of(request: Request) -> Application:
    return cast("Caller", request.user).application


def _rendered(body: dict[str, Any]) -> bytes:
    rendered: bytes = JSONRenderer().render(body)
    return rendered


class Messages(ApiView):
    needs = {"GET": Scope.MESSAGES_READ, "POST": Scope.MESSAGES_SEND}

    @extend_schema(
        operation_id="send_message",
        parameters=[IDEMPOTENCY_KEY, PREFLIGHT],
        request=MessageIn,
        responses={202: acceptance.AcceptedMessageOut},
    )
    @done_once("messages")
    def post(self, request: Request, only: Once | None) -> HttpResponseBase:
        """Accept one message. 202: it is stored, and will be sent."""
        application, given = application_of(request), MessageIn(data=json_body(request))
        given.is_valid(raise_exception=True)
        options = options_of(given.validated_data)
        write = written_once(partial(_write_message, more=asked_preflight(application, request, given)))
        once = intake.OnceOnly(only, write) if only else None
        accepted = intake.accept_message(application, given.item(), options, once)
        if accepted.status == State.QUEUED:
            tasks.ring_lane(options.category)
        return answer(write(accepted))

    @extend_schema(
        operation_id="list_messages",
        parameters=[
            OpenApiParameter("status", str, enum=list(STATUS_LABELS)),
            OpenApiParameter("to", MOBILE, description="A number in any form."),
            OpenApiParameter("reference", {"type": "string", "minLength": 1}),
            OpenApiParameter("batch", uuid.UUID),
            OpenApiParameter("created_after", datetime, description="With offset."),
            OpenApiParameter("created_before", datetime, description="With offset."),
            LIMIT,
            CURSOR,
        ],
        responses={200: page_of(answers.MessageOut), **problems(404)},
    )
    def get(self, request: Request) -> Response:
        """List your messages, newest first. Follow `next` until it is null.

        With `status` a page may hold fewer messages than `limit`, even none, and yet have a `next`: it has looked back
        for a second.
        """
        query, application = request.query_params, application_of(request)
        status, mobile = _status_of(query.get("status", "")), mobile_of(query.get("to", ""))
        reference, batch = query.get("reference") or None, pages.id_of(query, "batch")
        found = finding.filter_messages(
            finding.newest_of(application),
            status=status,
            mobile=mobile,
            reference=reference,
            batch=batch,
            created_after=pages.moment_of(query, "created_after"),
            created_before=pages.moment_of(query, "created_before"),
        )
        by_index = mobile or reference or batch or not (status and finding.is_looked_for(status))
        read = pages.newest_first if by_index else pages.looked_for
        rows, following = read(
            found, read_key(query.get("cursor", ""), application.pk), pages.limit_of(query)
        )
        return _page(rows, write_key(application.pk, following))


def _write_message(accepted: intake.AcceptedMessage, more: dict[str, Any]) -> bytes:
    """It is stored, or will be: what can't be read at this moment must not say otherwise."""
    message = selectors.as_accepted(accepted.message, accepted.status)
    try:
        body = answers.message_body(message, Restraints.in_force() if accepted.may_be_held else None)
    except DatabaseError:
        body = answers.message_body(message, None)
    return _rendered(body | acceptance.warnings_of(accepted.echoes) | more)


def _status_of(text: str) -> str | None:
    if text and text not in STATUS_LABELS:
        raise pages.InvalidQuery(
            _("`%(name)s` must be one of %(values)s.")
            % {"name": "status", "values": ", ".join(STATUS_LABELS)}
        )
    return text or None


def mobile_of(text: str) -> str | None:
    if not text:
        return None
    mobile = normalise(text if not text.startswith(" 86") else text.strip())
    if mobile is None:
        raise pages.InvalidQuery(invalid_number(text))
    return mobile


def _page(messages: list[Message], following: str | None) -> Response:
    context = {"restraints": Restraints.in_force()}
    results = answers.MessageOut(messages, many=True, context=context).data
    return Response({"results": results, "next": following})


class OneMessage(ApiView):
    needs = {"GET": Scope.MESSAGES_READ}

    @extend_schema(operation_id="get_message", responses={200: answers.MessageDetailOut})
    def get(self, request: Request, message_id: uuid.UUID) -> Response:
        """Show a message and everything that happened to it."""
        message = selectors.messages_of(application_of(request)).filter(pk=message_id).first()
        if message is None:
            raise Http404
        body = answers.MessageDetailOut(message, context={"restraints": Restraints.in_force()}).data
        return Response(body)


class ResendMessage(ApiView):
    needs = {"POST": Scope.MESSAGES_SEND}

    @extend_schema(
        operation_id="resend_message",
        parameters=[IDEMPOTENCY_KEY],
        request=None,
        responses={202: answers.MessageOut},
    )
    @done_once("resend")
    def post(self, request: Request, message_id: uuid.UUID, only: Once | None) -> HttpResponseBase:
        """Send a message again whose outcome is `unknown` or `unresolved`; once. The recipient may get it twice.

        202: the new message, linked to the old one by `resend_of` and `resent_as`; both are `possible_duplicate`.
        """
        application = application_of(request)
        with transaction.atomic():
            resent = resending.resend(message_id, application, by="the caller")
            message = selectors.messages_of(application).get(pk=resent)
            body = _rendered(answers.message_body(message, Restraints.in_force()))
            if only:
                keep(only, resent, body)
        tasks.ring_lane(message.category)
        return answer(body)


class Batches(ApiView):
    needs = {"POST": Scope.MESSAGES_SEND}

    @extend_schema(
        operation_id="send_batch",
        parameters=[IDEMPOTENCY_KEY, PREFLIGHT],
        request=BATCH_FORMS,
        responses={202: acceptance.AcceptedBatchOut},
    )
    @done_once("batches")
    def post(self, request: Request, only: Once | None) -> HttpResponseBase:
        """Accept up to 10,000 messages at once. 202: all that were accepted are stored, and will be sent."""
        application, given = application_of(request), BatchIn(data=json_body(request))
        given.is_valid(raise_exception=True)
        data = given.validated_data
        options = options_of(data)
        write = written_once(partial(_write_batch, more=asked_preflight(application, request, given)))
        accepted = intake.accept_batch(
            application,
            data.get("content"),
            given.recipients(),
            options,
            skip_invalid=data["on_invalid"] == "skip",
            only=intake.OnceOnly(only, write) if only else None,
        )
        if accepted.status == State.QUEUED:
            tasks.ring_lane(options.category, chunks=tasks.MOST_CHAINS)
        return answer(write(accepted))


def _write_batch(accepted: intake.AcceptedBatch, more: dict[str, Any]) -> bytes:
    counts = {accepted.status: accepted.batch.accepted}
    return _rendered(
        answers.batch_body(accepted.batch, counts) | acceptance.warnings_of(accepted.echoes) | more
    )


def batch_of(request: Request, batch_id: uuid.UUID) -> Batch:
    """Return the caller's batch; raise `Http404`."""
    batch = selectors.batches_of(application_of(request)).filter(pk=batch_id).first()
    if batch is None:
        raise Http404
    return batch


class OneBatch(ApiView):
    needs = {"GET": Scope.MESSAGES_READ}

    @extend_schema(operation_id="get_batch", responses={200: answers.BatchOut})
    def get(self, request: Request, batch_id: uuid.UUID) -> Response:
        """Show a batch with its counts of this moment."""
        batch = batch_of(request, batch_id)
        return Response(answers.batch_body(batch, selectors.counts_of(batch)))


class BatchMessages(ApiView):
    needs = {"GET": Scope.MESSAGES_READ}

    @extend_schema(
        operation_id="list_batch_messages",
        parameters=[LIMIT, CURSOR],
        responses={200: page_of(answers.MessageOut)},
    )
    def get(self, request: Request, batch_id: uuid.UUID) -> Response:
        """List a batch's messages in the order in which they were given."""
        query, application = request.query_params, application_of(request)
        found = selectors.messages_in(batch_of(request, batch_id), selectors.messages_of(application))
        cursor = read_key(query.get("cursor", ""), application.pk)
        rows, following = pages.oldest_first(found, cursor, pages.limit_of(query))
        return _page(rows, write_key(application.pk, following))


class BalanceView(ApiView):
    needs = {"GET": Scope.BALANCE_READ}

    @extend_schema(operation_id="get_balance", responses={200: answers.BalanceOut})
    def get(self, request: Request) -> Response:
        """Show your own balance, and the upstream accounts you may use: their last balance, and what holds them.

        Money is in 厘 (0.001 CNY).
        """
        caller = application_of(request)
        balances = {
            "application": selectors.balance_of_caller(caller),
            "accounts": selectors.balances_of(caller),
        }
        return Response(answers.BalanceOut(balances).data)


class Codes(ApiView):
    needs = {"GET": None}

    @extend_schema(
        operation_id="list_codes",
        parameters=[OpenApiParameter("table", str, enum=TABLES)],
        responses={200: page_of(answers.CodeOut)},
    )
    def get(self, request: Request) -> Response:
        """List the dictionary of the vendor's codes, in the language of `Accept-Language` (en, zh-hans)."""
        table = request.query_params.get("table", "").upper()
        if table and table not in TABLES:
            raise pages.InvalidQuery(
                _("`%(name)s` must be one of %(values)s.") % {"name": "table", "values": ", ".join(TABLES)}
            )
        rows = [code for code in all_codes() if not table or code.table == table]
        return Response({"results": answers.CodeOut(rows, many=True).data, "next": None})


class OneCode(ApiView):
    needs = {"GET": None}

    @extend_schema(
        operation_id="explain_code",
        parameters=[OpenApiParameter("table", str, OpenApiParameter.PATH, enum=TABLES)],
        responses={200: answers.CodeOut},
    )
    def get(self, request: Request, table: str, code: str) -> Response:
        """Explain a code. One that is in no table is explained as unknown."""
        if table.upper() not in Table.__members__ or not code.strip():
            raise Http404
        return Response(answers.CodeOut(lookup(Table[table.upper()], code)).data)
