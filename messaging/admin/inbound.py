"""What handsets wrote back."""

from operator import attrgetter
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.safestring import SafeString
from django.utils.text import Truncator
from django.utils.translation import gettext_lazy as _

from messaging.admin.exporting import Column, Exportable
from messaging.admin.links import link_to
from messaging.admin.privacy import MaskedAdmin, masked_number, masked_text
from messaging.admin.searching import by_key
from messaging.admin.stuck.assigning import AssignExtno, AssignInbound
from messaging.admin.unmasking import UnmaskInbound, unmasking_button
from messaging.models import Disclosure, InboundMessage, Message, UpstreamPayload
from messaging.numbers import normalise


@admin.register(InboundMessage)
class InboundMessageAdmin(Exportable, MaskedAdmin):
    change_form_template = "messaging/inbound.html"
    list_display = ("received_at", "mobile", "access_code", "shortened", "application", "upstream_account")
    list_select_related = ("application", "upstream_account")
    list_filter = ("application", "upstream_account")
    lookups = ("application__id__exact", "application__isnull", "upstream_account__id__exact")
    search_fields = ("pk",)
    search_help_text = _("Number or id, in full")
    fields = (
        "id", "mobile", "access_code", "content", "application", "upstream_account", "mid", "time_text", "sent_at",
        "received_at", "shown_in_reply_to", "shown_payload",
    )  # fmt: skip

    export_subject = Disclosure.Subject.INBOUND
    export_columns = (
        Column(_("id"), attrgetter("pk")),
        Column(_("from"), attrgetter("mobile"), masked_number),
        Column(_("to"), attrgetter("access_code")),
        Column(_("text"), attrgetter("content"), masked_text),
        Column(_("application"), lambda inbound: inbound.application and inbound.application.name),
        Column(_("upstream account"), attrgetter("upstream_account.name")),
        Column(_("in reply to"), attrgetter("in_reply_to")),
        Column(_("time as written"), attrgetter("time_text")),
        Column(_("sent at"), attrgetter("sent_at")),
        Column(_("received at"), attrgetter("received_at")),
    )

    def get_custom_urls(self) -> tuple[tuple[str, str, Any], ...]:
        return (
            *super().get_custom_urls(),
            ("<uuid:pk>/unmask/", "unmask_inbound", UnmaskInbound.as_view(model_admin=self)),
            ("<uuid:pk>/assign/", "assign_inbound", AssignInbound.as_view(model_admin=self)),
            (
                "assign/<int:account>/<path:access_code>/",
                "assign_extno",
                AssignExtno.as_view(model_admin=self),
            ),
        )

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        context["buttons"] = unmasking_button(request, "unmask_inbound", context["original"])
        response: HttpResponse = super().render_change_form(request, context, *args, **kwargs)
        return response

    def find(self, queryset: QuerySet[InboundMessage], term: str) -> QuerySet[InboundMessage]:
        """Index: inbound_of_mobile, the primary key."""
        mobile = normalise(term)
        return queryset.filter(mobile=mobile) if mobile else by_key(queryset, term)

    @admin.display(description=_("text"))
    def shortened(self, inbound: InboundMessage) -> str:
        return Truncator(inbound.content).chars(60)

    @admin.display(description=_("in reply to"))
    def shown_in_reply_to(self, inbound: InboundMessage) -> SafeString | str:
        return link_to(Message, inbound.in_reply_to)

    @admin.display(description=_("payload"))
    def shown_payload(self, inbound: InboundMessage) -> SafeString | str:
        return link_to(UpstreamPayload, inbound.payload_id)
