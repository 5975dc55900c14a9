"""Taking back what waits."""

import uuid

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import Scope
from messaging import selectors
from messaging.api import answers
from messaging.api.doors import ApiView
from messaging.api.schema import problems
from messaging.api.views import application_of
from messaging.services import cancelling

BY = "the caller"


class CancelMessage(ApiView):
    needs = {"POST": Scope.MESSAGES_CANCEL}

    @extend_schema(
        operation_id="cancel_message", request=None, responses={200: answers.MessageOut, **problems(409)}
    )
    def post(self, request: Request, message_id: uuid.UUID) -> Response:
        """Cancel a message that waits: queued, scheduled or held. It is never sent; asking again changes nothing.

        409 `not_cancellable`: it left, or may have; `detail` says how, and `retry` whether to ask again.
        """
        application = application_of(request)
        cancelling.cancel_message(message_id, application, by=BY)
        message = selectors.messages_of(application).get(pk=message_id)
        return Response(answers.message_body(message, None))


class CancelBatch(ApiView):
    needs = {"POST": Scope.BATCHES_CANCEL}

    @extend_schema(operation_id="cancel_batch", request=None, responses={200: answers.CancelledBatchOut})
    def post(self, request: Request, batch_id: uuid.UUID) -> Response:
        """Cancel what waits of a batch, and say what had already gone. May be repeated.

        What a call under way turns out not to have taken is cancelled too, instead of being tried again.
        """
        cancelled = cancelling.cancel_batch(batch_id, application_of(request), by=BY)
        return Response(answers.cancelled_batch_body(cancelled))
