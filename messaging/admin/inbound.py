"""What handsets wrote back."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.utils.safestring import SafeString
from django.utils.text import Truncator
from django.utils.translation import gettext_lazy as _

from messaging.admin.links import link_to
from messaging.admin.privacy import MaskedAdmin
from messaging.admin.searching import by_key
from messaging.admin.stuck.assigning import AssignExtno, AssignInbound
from messaging.models import InboundMessage, Message, UpstreamPayload
from messaging.numbers import normalise


@admin.register(InboundMessage)
class InboundMessageAdmin(MaskedAdmin):
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

    def get_custom_urls(self) -> tuple[tuple[str, str, Any], ...]:
        return (
            ("<uuid:pk>/assign/", "assign_inbound", AssignInbound.as_view(model_admin=self)),
            (
                "assign/<int:account>/<path:access_code>/",
                "assign_extno",
                AssignExtno.as_view(model_admin=self),
            ),
        )

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
