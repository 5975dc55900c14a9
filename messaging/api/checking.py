"""Asking what would become of a request."""

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import Scope
from messaging.api.doors import ApiView
from messaging.api.parsers import json_body
from messaging.api.preflight import check
from messaging.api.preflight_answers import PreflightOut, preflight_body
from messaging.api.requests import CHECKED_FORMS
from messaging.api.views import application_of


class CheckMessages(ApiView):
    needs = {"POST": Scope.MESSAGES_SEND}

    @extend_schema(operation_id="check_message", request=CHECKED_FORMS, responses={200: PreflightOut})
    def post(self, request: Request) -> Response:
        """Say what would become of a message or a batch: cost, carrier, account, signature, problems, and when.

        Nothing is stored or sent. What `POST messages` or `POST batches` would refuse is listed under `problems`.
        """
        return Response(preflight_body(check(application_of(request), json_body(request))))
