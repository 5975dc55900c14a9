"""How errors and pages look in OpenAPI."""

from typing import Any

from drf_spectacular.utils import OpenApiResponse, inline_serializer
from rest_framework import serializers

from messaging.api.answers import ProblemOut
from messaging.api.errors import CONTENT_TYPE

MEANING = {
    400: "The body is not JSON, or the query can't be read.",
    401: "No key, or one that is not valid.",
    404: "No such thing, or somebody else's.",
    409: "Not possible in the present state.",
    413: "The body is too large.",
    415: "Send application/json.",
    422: "Something in the body can't be accepted; `errors` says what, where and how to mend it.",
    429: "Too much, or too often. Send again after `Retry-After` seconds.",
    503: "`storage_unavailable`: nothing was stored; send again in `Retry-After` seconds. `maybe_stored`: look first.",
}


def problems(*statuses: int) -> dict[Any, OpenApiResponse]:
    """Return the error answers of an operation."""
    return {
        (status, CONTENT_TYPE): OpenApiResponse(response=ProblemOut, description=MEANING[status])
        for status in statuses
    }


def page_of(serializer: type[serializers.Serializer[Any]]) -> Any:
    """Return the serializer of a page of something."""
    name = serializer.__name__.removesuffix("Out")
    fields = {"results": serializer(many=True), "next": serializers.CharField(allow_null=True)}
    return inline_serializer(f"{name}Page", fields)
