"""HTTP in, service call, HTTP out."""

import uuid
from typing import cast

from django.http import Http404
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.authentication import Caller
from accounts.models import Application
from messaging import finding, selectors, tasks
from messaging.api import answers, pages
from messaging.api.parsers import json_body
from messaging.api.requests import BatchIn, MessageIn, options_of
from messaging.api.schema import page_of, problems
from messaging.holding import Restraints
from messaging.models import Batch, Message
from messaging.numbers import normalise
from messaging.services import intake, resending
from messaging.states import STATUS_LABELS
from messaging.vendor.codes import Table, all_codes, lookup

LIMIT = OpenApiParameter("limit", int, description="1 to 500; 50 when left out.")
CURSOR = OpenApiParameter("cursor", str, description="`next` of the page before.")


def application_of(request: Request) -> Application:
    return cast("Caller", request.user).application


class Messages(APIView):
    @extend_schema(
        request=MessageIn, responses={202: answers.MessageOut, **problems(400, 401, 413, 415, 422, 503)}
    )
    def post(self, request: Request) -> Response:
        """Accept one message. 202: it is stored, and will be sent."""
        given = MessageIn(data=json_body(request))
        given.is_valid(raise_exception=True)
        application = application_of(request)
        options = options_of(given.validated_data)
        accepted = intake.accept_message(application, given.item(), options)
        tasks.ring_lane(options.category)
        message = selectors.as_accepted(accepted.message, accepted.stored.status)
        restraints = Restraints.in_force() if accepted.may_be_held else None
        return Response(answers.message_body(message, restraints), status=status.HTTP_202_ACCEPTED)

    @extend_schema(
        parameters=[
            OpenApiParameter("status", str, enum=list(STATUS_LABELS)),
            OpenApiParameter("to", str, description="A number in any form."),
            OpenApiParameter("reference", str),
            OpenApiParameter("batch", uuid.UUID),
            OpenApiParameter("created_after", str, description="RFC 3339 with offset."),
            OpenApiParameter("created_before", str, description="RFC 3339 with offset."),
            LIMIT,
            CURSOR,
        ],
        responses={200: page_of(answers.MessageOut), **problems(400, 401)},
    )
    def get(self, request: Request) -> Response:
        """List your messages, newest first. Follow `next` until it is null.

        With `status` a page may hold fewer messages than `limit`, even none, and yet have a `next`: it has looked back
        for a second.
        """
        query = request.query_params
        status, mobile = _status_of(query.get("status", "")), _mobile_of(query.get("to", ""))
        reference, batch = query.get("reference") or None, pages.id_of(query, "batch")
        found = finding.filter_messages(
            finding.newest_of(application_of(request)),
            status=status,
            mobile=mobile,
            reference=reference,
            batch=batch,
            created_after=pages.moment_of(query, "created_after"),
            created_before=pages.moment_of(query, "created_before"),
        )
        by_index = mobile or reference or batch or not (status and finding.is_looked_for(status))
        read = pages.newest_first if by_index else pages.looked_for
        rows, following = read(found, pages.id_of(query, "cursor"), pages.limit_of(query))
        return _page(rows, following)


def _status_of(text: str) -> str | None:
    if text and text not in STATUS_LABELS:
        raise pages.InvalidQuery(f"`status` must be one of {', '.join(STATUS_LABELS)}.")
    return text or None


def _mobile_of(text: str) -> str | None:
    if not text:
        return None
    mobile = normalise(text if not text.startswith(" 86") else text.strip())
    if mobile is None:
        raise pages.InvalidQuery("`to` must be a mainland China mobile number.")
    return mobile


def _page(messages: list[Message], following: str | None) -> Response:
    context = {"restraints": Restraints.in_force()}
    results = answers.MessageOut(messages, many=True, context=context).data
    return Response({"results": results, "next": following})


class OneMessage(APIView):
    @extend_schema(responses={200: answers.MessageDetailOut, **problems(401, 404)})
    def get(self, request: Request, message_id: uuid.UUID) -> Response:
        """Show a message and everything that happened to it."""
        message = selectors.messages_of(application_of(request)).filter(pk=message_id).first()
        if message is None:
            raise Http404
        body = answers.MessageDetailOut(message, context={"restraints": Restraints.in_force()}).data
        return Response(body)


class ResendMessage(APIView):
    @extend_schema(request=None, responses={202: answers.MessageOut, **problems(401, 404, 409, 503)})
    def post(self, request: Request, message_id: uuid.UUID) -> Response:
        """Send a message again whose outcome is `unknown` or `unresolved`; once. The recipient may get it twice.

        202: the new message, linked to the old one by `resend_of` and `resent_as`; both are `possible_duplicate`.
        """
        application = application_of(request)
        resent = resending.resend(message_id, application, by="the caller")
        message = selectors.messages_of(application).get(pk=resent)
        tasks.ring_lane(message.category)
        body = answers.message_body(message, Restraints.in_force())
        return Response(body, status=status.HTTP_202_ACCEPTED)


class Batches(APIView):
    @extend_schema(
        request=BatchIn, responses={202: answers.BatchOut, **problems(400, 401, 413, 415, 422, 503)}
    )
    def post(self, request: Request) -> Response:
        """Accept up to 10,000 messages at once. 202: all that were accepted are stored, and will be sent."""
        given = BatchIn(data=json_body(request))
        given.is_valid(raise_exception=True)
        application, data = application_of(request), given.validated_data
        options = options_of(data)
        accepted = intake.accept_batch(
            application,
            data.get("content"),
            given.recipients(),
            options,
            skip_invalid=data["on_invalid"] == "skip",
        )
        tasks.ring_lane(options.category, chunks=tasks.MOST_CHAINS)
        batch, counts = accepted.batch, {accepted.status: accepted.batch.accepted}
        return Response(answers.batch_body(batch, counts), status=status.HTTP_202_ACCEPTED)


def _batch(request: Request, batch_id: uuid.UUID) -> Batch:
    batch = selectors.batches_of(application_of(request)).filter(pk=batch_id).first()
    if batch is None:
        raise Http404
    return batch


class OneBatch(APIView):
    @extend_schema(responses={200: answers.BatchOut, **problems(401, 404)})
    def get(self, request: Request, batch_id: uuid.UUID) -> Response:
        """Show a batch with its counts of this moment."""
        batch = _batch(request, batch_id)
        return Response(answers.batch_body(batch, selectors.counts_of(batch)))


class BatchMessages(APIView):
    @extend_schema(
        parameters=[LIMIT, CURSOR], responses={200: page_of(answers.MessageOut), **problems(400, 401, 404)}
    )
    def get(self, request: Request, batch_id: uuid.UUID) -> Response:
        """List a batch's messages in the order in which they were given."""
        query = request.query_params
        found = selectors.messages_in(
            _batch(request, batch_id), selectors.messages_of(application_of(request))
        )
        rows, following = pages.oldest_first(found, pages.id_of(query, "cursor"), pages.limit_of(query))
        return _page(rows, following)


class Inbound(APIView):
    @extend_schema(
        parameters=[
            OpenApiParameter(
                "after", str, description="`next` of the page before; left out: from the beginning."
            ),
            LIMIT,
            OpenApiParameter("mobile", str, description="Only from this number."),
        ],
        responses={200: page_of(answers.InboundOut), **problems(400, 401)},
    )
    def get(self, request: Request) -> Response:
        """List messages from handsets to you, oldest first. `next` stays as it is when there is no more."""
        query = request.query_params
        found = selectors.inbound_of(application_of(request))
        mobile = _mobile_of(query.get("mobile", ""))
        if mobile:
            found = found.filter(mobile=mobile)
        after = pages.id_of(query, "after")
        rows, _more = pages.oldest_first(found, after, pages.limit_of(query))
        following = str(rows[-1].pk) if rows else query.get("after") or None
        return Response({"results": answers.InboundOut(rows, many=True).data, "next": following})


class BalanceView(APIView):
    @extend_schema(responses={200: answers.BalanceOut, **problems(401)})
    def get(self, request: Request) -> Response:
        """Show the upstream accounts you may use, their last balance in 厘 (0.001 CNY), and what holds them."""
        return Response(answers.BalanceOut({"accounts": selectors.balances_of(application_of(request))}).data)


class Codes(APIView):
    @extend_schema(
        parameters=[OpenApiParameter("table", str, enum=[table.value for table in Table])],
        responses={200: page_of(answers.CodeOut), **problems(401)},
    )
    def get(self, request: Request) -> Response:
        """List the dictionary of the vendor's codes, in the language of `Accept-Language` (en, zh-hans)."""
        table = request.query_params.get("table", "").upper()
        rows = [code for code in all_codes() if not table or code.table == table]
        return Response({"results": answers.CodeOut(rows, many=True).data, "next": None})


class OneCode(APIView):
    @extend_schema(responses={200: answers.CodeOut, **problems(401, 404)})
    def get(self, request: Request, table: str, code: str) -> Response:
        """Explain a code. One that is in no table is explained as unknown."""
        if table.upper() not in Table.__members__ or not code.strip():
            raise Http404
        return Response(answers.CodeOut(lookup(Table[table.upper()], code)).data)
