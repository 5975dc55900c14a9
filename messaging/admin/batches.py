"""One request with many recipients: where they stand, and who was refused."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from accounts.admin.reading import ReadOnlyAdmin
from messaging import selectors
from messaging.admin.links import list_of
from messaging.admin.searching import by_key
from messaging.admin.sending import pages
from messaging.admin.wording import COLOURS, status_label
from messaging.models import Batch, Message

MOST_REFUSALS = 200

BATCH_STATUS = {
    "accepted": _("accepted: nothing has left yet"),
    "sending": _("sending"),
    "done": _("done: nothing waits any more"),
    "cancelled": _("cancelled"),
}


@admin.register(Batch)
class BatchAdmin(ReadOnlyAdmin):
    change_form_template = "messaging/batch.html"
    list_display = ("id", "application", "category", "total", "accepted", "refused", "created_at")
    list_select_related = ("application",)
    list_filter = ("application", "category")
    lookups = ("application__id__exact", "category__exact")
    search_fields = ("pk",)
    search_help_text = _("Id of a batch, in full")
    fields = (
        "id", "application", "category", "content", "extno", "total", "accepted", "refused", "send_at", "expires_at",
        "cancelled_at", "created_at", "sent_by",
    )  # fmt: skip

    def get_custom_urls(self) -> tuple[tuple[str, str, Any], ...]:
        return (
            ("send/", "send", pages.SendPage.as_view(model_admin=self)),
            ("send/count/", "send_count", pages.CountPart.as_view(model_admin=self)),
            ("send/<uuid:draft_id>/", "send_draft", pages.DraftPage.as_view(model_admin=self)),
        )

    def find(self, queryset: QuerySet[Batch], term: str) -> QuerySet[Batch]:
        return by_key(queryset, term)

    @admin.display(description=_("refused"))
    def refused(self, batch: Batch) -> int:
        return batch.total - batch.accepted

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        batch: Batch = context["original"]
        counts = selectors.counts_of(batch)
        context |= {
            "batch_status": BATCH_STATUS[selectors.batch_status(batch, counts)],
            "counts": [_count(batch, status, number) for status, number in counts.items()],
            "messages_url": list_of(Message, q=batch.pk),
            "refusals": batch.rejected[:MOST_REFUSALS],
            "more_refusals": max(0, len(batch.rejected) - MOST_REFUSALS),
        }
        response: HttpResponse = super().render_change_form(request, context, *args, **kwargs)
        return response


def _count(batch: Batch, status: str, number: int) -> dict[str, Any]:
    return {
        "label": status_label(status),
        "colour": COLOURS.get(status, ""),
        "number": number,
        "url": list_of(Message, q=batch.pk, status=status),
    }
