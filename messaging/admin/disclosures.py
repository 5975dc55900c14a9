"""The audit of personal data: who was shown what, when, and why."""

from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from accounts.admin.labels import labelled
from accounts.admin.reading import ReadOnlyAdmin
from messaging.admin.links import link_to
from messaging.admin.searching import as_uuid
from messaging.admin.wording import yes_or_no
from messaging.models import Disclosure

COLOURS = {
    Disclosure.Kind.UNMASKED: "warning",
    Disclosure.Kind.EXPORT: "info",
    Disclosure.Kind.EXPORTED: "success",
    Disclosure.Kind.BROKEN_OFF: "danger",
}


@admin.register(Disclosure)
class DisclosureAdmin(ReadOnlyAdmin):
    """Everything, the newest first. No link to a message: whoever audits need not see one."""

    list_display = ("at", "actor", "shown_kind", "subject", "reason", "rows", "address")
    list_display_links = ("at",)
    list_filter = ("kind", "subject", "actor")
    lookups = ("kind__exact", "subject__exact", "actor")
    search_fields = ("actor",)
    search_help_text = _("Login, id of a message or request id, in full")
    fields = (
        "at", "actor", "kind", "subject", "row_id", "reason", "shown_narrowed", "shown_masked", "rows", "shown_export",
        "address", "request_id",
    )  # fmt: skip

    def find(self, queryset: QuerySet[Any], term: str) -> QuerySet[Any]:
        """By the one who looked, by what was looked at, or by the request as the log has it."""
        found = Q(actor=term) | Q(request_id=term)
        key = as_uuid(term)
        return queryset.filter(found | Q(row_id=key) if key else found)

    @labelled(_("what was done"), COLOURS)
    def shown_kind(self, disclosure: Disclosure) -> tuple[str, str]:
        return disclosure.kind, disclosure.get_kind_display()

    @admin.display(description=_("narrowed by"), empty_value="-")
    def shown_narrowed(self, disclosure: Disclosure) -> str | None:
        return "; ".join(f"{name} = {value}" for name, value in (disclosure.narrowed or {}).items()) or None

    @admin.display(description=_("numbers and texts masked"))
    def shown_masked(self, disclosure: Disclosure) -> str:
        return yes_or_no(disclosure.masked)

    @admin.display(description=_("the export's beginning"))
    def shown_export(self, disclosure: Disclosure) -> str:
        return link_to(Disclosure, disclosure.export_id)
