"""Raw bodies of pulls and pushes, as they came."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from accounts.admin.labels import labelled
from messaging.admin.privacy import MaskedAdmin
from messaging.admin.raw import preformatted, readable
from messaging.admin.searching import by_key
from messaging.admin.wording import reason_label
from messaging.models import UpstreamPayload

State = UpstreamPayload.State
STATE_COLOURS = {
    State.STARTED: "info",
    State.RECEIVED: "info",
    State.READ: "success",
    State.FAILED: "warning",
    State.MAYBE_LOST: "danger",
    State.UNREADABLE: "danger",
}


@admin.register(UpstreamPayload)
class UpstreamPayloadAdmin(MaskedAdmin):
    list_display = (
        "started_at", "upstream_account", "kind", "shown_state", "reports", "inbound", "unreadable_items", "truncated",
    )  # fmt: skip
    list_select_related = ("upstream_account",)
    list_filter = ("state", "kind", "upstream_account")
    lookups = ("state__exact", "kind__exact", "upstream_account__id__exact")
    search_fields = ("pk",)
    search_help_text = _("Id of a payload, in full")
    fields = (
        "id", "upstream_account", "kind", "state", "started_at", "received_at", "read_at", "http_status",
        "content_type", "reports", "inbound", "unreadable_items", "truncated", "shown_error", "shown_body",
    )  # fmt: skip

    def get_queryset(self, request: HttpRequest) -> QuerySet[UpstreamPayload]:
        payloads: QuerySet[UpstreamPayload] = super().get_queryset(request)
        return payloads.defer("body")

    def find(self, queryset: QuerySet[UpstreamPayload], term: str) -> QuerySet[UpstreamPayload]:
        return by_key(queryset, term)

    @labelled(_("state"), STATE_COLOURS)
    def shown_state(self, payload: UpstreamPayload) -> tuple[str, str]:
        return payload.state, payload.get_state_display()

    @admin.display(description=_("error"), empty_value="-")
    def shown_error(self, payload: UpstreamPayload) -> str | None:
        return reason_label(payload.error) or None

    @admin.display(description=_("body"))
    def shown_body(self, payload: UpstreamPayload) -> SafeString | str:
        return preformatted(readable(payload.body))
