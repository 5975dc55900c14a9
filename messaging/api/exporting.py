"""A batch's messages as a file for a spreadsheet."""

import uuid
from collections.abc import Iterator

from django.db.models import QuerySet
from django.http import StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils.translation import get_language, override
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request

from accounts.models import Scope
from messaging import selectors
from messaging.api.answers import explained, in_utc
from messaging.api.doors import ApiView
from messaging.api.views import application_of, batch_of
from messaging.models import Message
from messaging.spreadsheets import MARK, written

COLUMNS = (
    "id", "to", "status", "reference", "content", "code_table", "code", "meaning", "parts", "account", "mid",
    "created_at", "send_at", "submitted_at", "final_at",
)  # fmt: skip


class Csv(JSONRenderer):
    """Lets callers ask for CSV; what they are told when it can't be had is JSON."""

    media_type = "text/csv"


class BatchMessagesCsv(ApiView):
    needs = {"GET": Scope.MESSAGES_READ}
    renderer_classes = [Csv, JSONRenderer]

    @extend_schema(operation_id="export_batch_messages", responses={(200, "text/csv"): OpenApiTypes.STR})
    def get(self, request: Request, batch_id: uuid.UUID) -> HttpResponseBase:
        """Give a batch's messages as CSV, in the order in which they were given.

        UTF-8 with a byte order mark, RFC 4180. A cell that a spreadsheet could take for a formula begins with an
        apostrophe, as does one that began with one: take one away from each cell that begins with it, and you have what
        was there. A file whose transfer breaks off is not whole: ask for it again.
        """
        application = application_of(request)
        batch = batch_of(request, batch_id)
        messages = selectors.messages_in(batch, selectors.messages_of(application))
        answer = StreamingHttpResponse(
            _lines(messages, get_language()), content_type="text/csv; charset=utf-8"
        )
        answer["Content-Disposition"] = f'attachment; filename="batch-{batch.pk}.csv"'
        return answer


def _lines(messages: QuerySet[Message], language: str | None) -> Iterator[str]:
    """The server asks for them after the view has returned, when another language may be spoken."""
    yield MARK + written([COLUMNS])
    for page in selectors.in_pages(messages):
        with override(language):
            lines = written(_row(message) for message in page)
        yield lines


def _row(message: Message) -> tuple[str | None, ...]:
    code = explained(message.code_table, message.code) or {}
    return (
        str(message.pk), message.mobile, message.status, message.reference, message.text,  # type: ignore[attr-defined]
        code.get("table"), code.get("code"), code.get("meaning"), str(message.parts),
        message.account_name, message.mid,  # type: ignore[attr-defined]
        in_utc(message.created_at), in_utc(message.send_at), in_utc(message.submitted_at), in_utc(message.final_at),
    )  # fmt: skip
