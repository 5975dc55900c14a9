"""What would become of a request: asked beforehand, or together with it."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request

from accounts.models import Application
from messaging.api.errors import problems_of
from messaging.api.pages import InvalidQuery
from messaging.api.preflight_answers import preflight_body
from messaging.api.requests import BatchIn, MessageIn, options_of
from messaging.services import preflight
from messaging.services.preflight import Asked, Preflight

PREFLIGHT = OpenApiParameter(
    "preflight",
    {"type": "string", "const": "1"},
    description="`1`: answer the block of `POST messages/check` too, as it was just before this request.",
)


def check(application: Application, body: Mapping[str, Any]) -> Preflight:
    """Return the pre-flight of a message or a batch; what is wrong with its shape is among its problems."""
    is_batch = "messages" in body or isinstance(body.get("to"), list)
    given = BatchIn(data=body) if is_batch else MessageIn(data=body)
    try:
        given.is_valid(raise_exception=True)
    except ValidationError as error:
        return preflight.unreadable([*problems_of(error)])
    return _of(application, given)


def asked_preflight(application: Application, request: Request, given: MessageIn | BatchIn) -> dict[str, Any]:
    """Return the field `preflight` for the answer to a valid request that asks for it; nothing for others."""
    wish = request.query_params.get("preflight")
    if wish is None:
        return {}
    if wish != "1":
        raise InvalidQuery(_("`%(name)s` must be one of %(values)s.") % {"name": "preflight", "values": "1"})
    return {"preflight": preflight_body(_of(application, given))}


def _of(application: Application, given: MessageIn | BatchIn) -> Preflight:
    data = given.validated_data
    asked = Asked(application, **vars(options_of(data)))
    if isinstance(given, MessageIn):
        return preflight.of_message(asked, given.item())
    skip = data["on_invalid"] == "skip"
    return preflight.of_batch(asked, data.get("content"), given.recipients(), skip_invalid=skip)
