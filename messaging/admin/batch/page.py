"""One request with many recipients: where they stand, and who was refused."""

from typing import Any
from uuid import UUID

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views import View
from unfold.views import UnfoldModelAdminViewMixin

from accounts.admin.labels import labelled
from messaging.admin.batch.decisions import CancelBatch, PauseBatch, ResumeBatch, buttons
from messaging.admin.batch.progress import Progress, with_unsettled
from messaging.admin.links import list_of
from messaging.admin.privacy import MaskedAdmin, shown_number
from messaging.admin.searching import by_key
from messaging.admin.sending import pages
from messaging.models import Batch, Message

MOST_REFUSALS = 200


def _progress(request: HttpRequest, batch: Batch) -> dict[str, Any]:
    progress = Progress.of(batch)
    return {
        **progress.context(),
        "buttons": buttons(request, batch, progress),
        "messages_url": list_of(Message, q=batch.pk),
    }


class BatchProgress(UnfoldModelAdminViewMixin, View):  # type: ignore[misc]
    """The part of a batch's page that changes while it is sent, alone."""

    title = _("progress")
    permission_required = ("messaging.view_batch",)

    def get(self, request: HttpRequest, pk: UUID, **_given_by_theme: Any) -> HttpResponse:
        batch = get_object_or_404(Batch, pk=pk)
        return render(request, "messaging/batch_progress.html", _progress(request, batch))


@admin.register(Batch)
class BatchAdmin(MaskedAdmin):
    change_form_template = "messaging/batch.html"
    list_display = (
        "id", "shown_state", "shown_bar", "application", "category", "accepted", "refused", "created_at",
    )  # fmt: skip
    list_display_links = ("id", "shown_state")
    list_select_related = ("application",)
    list_filter = ("application", "category")
    lookups = ("application__id__exact", "category__exact")
    search_fields = ("pk",)
    search_help_text = _("Id of a batch, in full")
    fields = (
        "id", "application", "category", "content", "extno", "total", "accepted", "refused", "send_at", "expires_at",
        "cancelled_at", "created_at", "sent_by",
    )  # fmt: skip

    def get_queryset(self, request: HttpRequest) -> QuerySet[Batch]:
        batches: QuerySet[Batch] = super().get_queryset(request)
        return with_unsettled(batches)

    def find(self, queryset: QuerySet[Batch], term: str) -> QuerySet[Batch]:
        return by_key(queryset, term)

    def get_custom_urls(self) -> tuple[tuple[str, str, Any], ...]:
        return (
            ("send/", "send", pages.SendPage.as_view(model_admin=self)),
            ("send/count/", "send_count", pages.CountPart.as_view(model_admin=self)),
            ("send/<uuid:draft_id>/", "send_draft", pages.DraftPage.as_view(model_admin=self)),
            (
                "send/<uuid:draft_id>/progress/",
                "send_draft_progress",
                pages.DraftProgress.as_view(model_admin=self),
            ),
            ("<uuid:pk>/progress/", "batch_progress", BatchProgress.as_view(model_admin=self)),
            ("<uuid:pk>/pause/", "pause_batch", PauseBatch.as_view(model_admin=self)),
            ("<uuid:pk>/resume/", "resume_batch", ResumeBatch.as_view(model_admin=self)),
            ("<uuid:pk>/cancel/", "cancel_batch", CancelBatch.as_view(model_admin=self)),
        )

    @labelled(_("status"), {"sending": "info", "paused": "warning", "done": "success"})
    def shown_state(self, batch: Batch) -> tuple[str, str]:
        if batch.cancelled_at:
            return "cancelled", gettext("cancelled")
        if not batch.unsettled:  # type: ignore[attr-defined]
            return "done", gettext("done")
        if batch.paused_by:  # type: ignore[attr-defined]
            return "paused", gettext("paused")
        return "sending", gettext("sending") if batch.settled else gettext("waiting")  # type: ignore[attr-defined]

    @admin.display(description=_("sent off"))
    def shown_bar(self, batch: Batch) -> SafeString:
        settled: int = batch.settled  # type: ignore[attr-defined]
        percent = 100 * settled // max(1, batch.accepted)
        return format_html(
            '<div class="flex flex-row items-center gap-2"><div class="bg-base-200 overflow-hidden rounded-default '
            'dark:bg-base-700" style="width: 6rem; height: .5rem"><div class="bg-primary-500" style="width: {}%; '
            'height: .5rem"></div></div> <span class="whitespace-nowrap">{} %</span></div>',
            percent,
            percent,
        )

    @admin.display(description=_("refused"))
    def refused(self, batch: Batch) -> int:
        return batch.total - batch.accepted

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        batch: Batch = context["original"]
        context |= {
            **_progress(request, batch),
            "progress_url": reverse("admin:batch_progress", args=[batch.pk]),
            "refusals": [
                refusal | {"to": shown_number(request, str(refusal.get("to", "")))}
                for refusal in batch.rejected[:MOST_REFUSALS]
            ],
            "more_refusals": max(0, len(batch.rejected) - MOST_REFUSALS),
        }
        response: HttpResponse = super().render_change_form(request, context, *args, **kwargs)
        return response
