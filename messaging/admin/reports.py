"""Delivery reports: those that found their message, and those on the shelf."""

from operator import attrgetter
from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from accounts.admin.labels import labelled
from messaging.admin.exporting import Column, Exportable
from messaging.admin.links import link_to
from messaging.admin.message.timeline import REPORT_COLOURS
from messaging.admin.privacy import MaskedAdmin, masked_number
from messaging.admin.searching import MOST_FOUND, as_uuid
from messaging.admin.wording import in_short
from messaging.models import DeliveryReport, Disclosure, Message, UpstreamPayload
from messaging.numbers import normalise
from messaging.vendor.codes import Table, lookup


class ShelfFilter(admin.SimpleListFilter):
    title = _("message")
    parameter_name = "found"

    def lookups(self, _request: HttpRequest, _model_admin: Any) -> list[tuple[str, Any]]:
        return [("yes", _("found")), ("no", _("on the shelf: no message has this mid yet"))]

    def queryset(self, _request: HttpRequest, queryset: QuerySet[DeliveryReport]) -> QuerySet[DeliveryReport]:
        if self.value() in ("yes", "no"):
            return queryset.filter(message_id__isnull=self.value() == "no")
        return queryset


@admin.register(DeliveryReport)
class DeliveryReportAdmin(Exportable, MaskedAdmin):
    list_display = (
        "received_at",
        "shown_stat",
        "shown_meaning",
        "mobile",
        "mid",
        "upstream_account",
        "shown_message",
    )
    list_select_related = ("upstream_account",)
    list_filter = (ShelfFilter, "upstream_account")
    lookups = ("found", "upstream_account__id__exact")
    search_fields = ("pk",)
    search_help_text = _("Number, mid, or id of the message, in full")
    fields = (
        "id", "upstream_account", "stat", "shown_meaning", "mobile", "mid", "access_code", "time_text",
        "reported_at", "received_at", "inferred", "needs_review", "shown_message", "shown_payload",
    )  # fmt: skip

    export_subject = Disclosure.Subject.REPORT
    export_columns = (
        Column(_("id"), attrgetter("pk")),
        Column(_("number"), attrgetter("mobile"), masked_number),
        Column(_("STAT"), attrgetter("stat")),
        Column(_("meaning"), lambda report: in_short(Table.STAT, report.stat)),
        Column(_("mid"), attrgetter("mid")),
        Column(_("access code"), attrgetter("access_code")),
        Column(_("upstream account"), attrgetter("upstream_account.name")),
        Column(_("message"), attrgetter("message_id")),
        Column(_("time as written"), attrgetter("time_text")),
        Column(_("reported at"), attrgetter("reported_at")),
        Column(_("received at"), attrgetter("received_at")),
    )

    def find(self, queryset: QuerySet[DeliveryReport], term: str) -> QuerySet[DeliveryReport]:
        """Indexes: reports_of_message, reports_on_the_shelf, report_once (by mid), the primary key."""
        if mobile := normalise(term):
            sent = list(
                Message.objects.filter(mobile=mobile)
                .order_by("-pk")
                .values_list("pk", flat=True)[:MOST_FOUND]
            )
            return queryset.filter(Q(message_id__in=sent) | Q(message_id__isnull=True, mobile=mobile))
        if key := as_uuid(term):
            return queryset.filter(Q(pk=key) | Q(message_id=key))
        return queryset.filter(mid=term)

    @labelled(_("STAT"), REPORT_COLOURS)
    def shown_stat(self, report: DeliveryReport) -> tuple[str, str]:
        return lookup(Table.STAT, report.stat).effect, report.stat

    @admin.display(description=_("meaning"), empty_value="-")
    def shown_meaning(self, report: DeliveryReport) -> str | None:
        return in_short(Table.STAT, report.stat)

    @admin.display(description=_("message"))
    def shown_message(self, report: DeliveryReport) -> SafeString | str:
        return link_to(Message, report.message_id)

    @admin.display(description=_("payload"))
    def shown_payload(self, report: DeliveryReport) -> SafeString | str:
        return link_to(UpstreamPayload, report.payload_id)
