"""One message: what became of it, why, and what to do."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from operator import attrgetter
from typing import Any
from uuid import UUID

from django.contrib import admin
from django.contrib.admin.views.main import PAGE_VAR, SEARCH_VAR
from django.core.paginator import Page
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, QueryDict
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from accounts.admin.labels import labelled
from accounts.admin.reading import MOST_PAGES, CheapPaginator, UncountedList
from messaging import finding, selectors
from messaging.admin.codes import CodeDictionary
from messaging.admin.exporting import PAGE, Column, Exportable
from messaging.admin.links import link_to
from messaging.admin.message.cost import parts_and_cost
from messaging.admin.message.decisions import CancelMessage, ReleaseMessage, ResendMessage, buttons
from messaging.admin.message.find_number import FindNumber, everything_with
from messaging.admin.message.firstline import first_line
from messaging.admin.message.timeline import Entry, timeline
from messaging.admin.message.vendor_note import vendor_notes
from messaging.admin.privacy import MaskedAdmin, masked_number, masked_text, may_see, shown_number, shown_text
from messaging.admin.searching import as_uuid, find_messages
from messaging.admin.unmasking import UnmaskMessage, unmasking_button
from messaging.admin.wording import COLOURS, explained, in_short, status_label, yes_or_no
from messaging.holding import Restraints
from messaging.ids import moment_of
from messaging.looking_back import look_back, look_to_the_end
from messaging.models import Batch, Chunk, Disclosure, Message
from messaging.states import STATUSES

BEFORE = "before"
WITHOUT_INDEX = ("category__exact", "upstream_account__id__exact")


class StatusFilter(admin.SimpleListFilter):
    """By the derived status, as callers see it."""

    title = _("status")
    parameter_name = "status"

    def lookups(self, _request: HttpRequest, _model_admin: Any) -> list[tuple[str, Any]]:
        return [(str(value), label) for value, label in STATUSES]

    def queryset(self, _request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        value = self.value()
        return finding.in_status(queryset, value) if value else queryset


class ApplicationFilter(admin.RelatedFieldListFilter):
    def queryset(self, _request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        chosen = str((self.lookup_val or [""])[-1])
        return finding.only_of(int(chosen), queryset) if chosen.isdecimal() else queryset


class LookingBack(CheapPaginator):
    """For what no index knows. Says how far back it has looked when that was not to the end."""

    template_name = "messaging/pagination.html"
    before: UUID | None = None
    looked_since: datetime | None = None
    go_on_before = ""

    def page(self, number: int | str) -> Page[Message]:
        wanted: int = self.validate_number(number)
        found = look_back(self.object_list, wanted * self.per_page + 1, before=self.before)
        rows = found.messages[(wanted - 1) * self.per_page :]
        self.has_more = len(rows) > self.per_page and wanted < MOST_PAGES
        if found.since and not self.has_more:
            self.looked_since, self.go_on_before = moment_of(found.since), str(found.since)
        page: Page[Message] = self._get_page(rows[: self.per_page], wanted, self)
        return page


class MessageList(UncountedList):
    """`before` is no field of a message: it says where to go on looking."""

    def get_filters_params(self, params: Any = None) -> Any:
        found = super().get_filters_params(params)
        found.pop(BEFORE, None)
        return found

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        before = getattr(self.paginator, "go_on_before", "")
        self.go_on_url = self.get_query_string({BEFORE: before}, [PAGE_VAR]) if before else ""


def _is_looked_for(query: QueryDict) -> bool:
    """Return whether no index leads to what is asked for."""
    if query.get(SEARCH_VAR):
        return False
    status = query.get(StatusFilter.parameter_name)
    return any(query.get(name) for name in WITHOUT_INDEX) or bool(status and finding.is_looked_for(status))


def permitted(request: HttpRequest, entry: Entry) -> Entry:
    """Return an entry without the raw answer, which holds the number, for whoever may not see it."""
    return entry if may_see(request) else replace(entry, raw="")


@admin.register(Message)
class MessageAdmin(Exportable, MaskedAdmin):
    change_form_template = "messaging/message.html"
    list_display = (
        "shown_status", "mobile", "category", "application", "upstream_account", "shown_code", "created_at",
    )  # fmt: skip
    list_display_links = ("shown_status", "mobile")
    list_select_related = ("application", "upstream_account", "batch")
    list_filter = (StatusFilter, "category", ("application", ApplicationFilter), "upstream_account")
    lookups = ("status", "category__exact", "application__id__exact", "upstream_account__id__exact")
    search_fields = ("pk",)
    search_help_text = _("Number, id, batch, reference or mid, in full")
    fieldsets = (
        (
            None,
            {"fields": ("shown_code", "shown_certain", "shown_duplicate")},
        ),
        (
            _("Caller"),
            {"fields": ("id", "application", "category", "reference", "shown_batch", "extno")},
        ),
        (_("Upstream"), {"fields": ("upstream_account", "mid", "shown_chunk")}),
        (_("Times"), {"fields": ("created_at", "send_at", "expires_at", "submitted_at", "final_at")}),
        (_("Resends"), {"fields": ("shown_resend_of", "shown_resent_as")}),
    )

    export_subject = Disclosure.Subject.MESSAGE
    export_columns = (
        Column(_("id"), attrgetter("pk")),
        Column(_("number"), attrgetter("mobile"), masked_number),
        Column(_("status"), lambda message: status_label(message.status)),
        Column(_("code table"), attrgetter("code_table")),
        Column(_("code"), attrgetter("code")),
        Column(_("meaning"), lambda message: in_short(message.code_table, message.code)),
        Column(_("text"), attrgetter("text"), masked_text),
        Column(_("parts"), attrgetter("parts")),
        Column(_("category"), lambda message: message.get_category_display()),
        Column(_("application"), attrgetter("application.name")),
        Column(_("reference"), attrgetter("reference")),
        Column(_("batch"), attrgetter("batch_id")),
        Column(_("upstream account"), attrgetter("account_name")),
        Column(_("mid"), attrgetter("mid")),
        Column(_("created at"), attrgetter("created_at")),
        Column(_("send at"), attrgetter("send_at")),
        Column(_("submitted at"), attrgetter("submitted_at")),
        Column(_("final at"), attrgetter("final_at")),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Message]:
        messages: QuerySet[Message] = super().get_queryset(request)
        return selectors.with_status(messages.select_related("application", "upstream_account"))

    def get_ordering(self, request: HttpRequest) -> tuple[str, ...]:
        one = request.GET.get("application__id__exact")
        return finding.NEWEST_OF_APPLICATION if one else ("-pk",)

    def get_changelist(self, _request: HttpRequest, **_kwargs: Any) -> type[UncountedList]:
        return MessageList

    def get_paginator(
        self, request: HttpRequest, queryset: QuerySet[Message], *args: Any, **kwargs: Any
    ) -> Any:
        if not _is_looked_for(request.GET):
            return CheapPaginator(queryset, *args, **kwargs)
        paginator = LookingBack(queryset, *args, **kwargs)
        paginator.before = as_uuid(request.GET.get(BEFORE, ""))
        return paginator

    def export_pages(self, request: HttpRequest, rows: QuerySet[Message]) -> Iterator[Sequence[Message]]:
        if _is_looked_for(request.GET):
            return look_to_the_end(rows, PAGE)
        return super().export_pages(request, rows)

    def find(self, queryset: QuerySet[Message], term: str) -> QuerySet[Message]:
        return find_messages(queryset, term)

    def get_custom_urls(self) -> tuple[tuple[str, str, Any], ...]:
        return (
            *super().get_custom_urls(),
            ("codes/", "code_dictionary", CodeDictionary.as_view(model_admin=self)),
            ("number/", "find_number", FindNumber.as_view(model_admin=self)),
            ("<uuid:pk>/cancel/", "cancel_message", CancelMessage.as_view(model_admin=self)),
            ("<uuid:pk>/resend/", "resend_message", ResendMessage.as_view(model_admin=self)),
            ("<uuid:pk>/release/", "release_message", ReleaseMessage.as_view(model_admin=self)),
            ("<uuid:pk>/unmask/", "unmask_message", UnmaskMessage.as_view(model_admin=self)),
        )

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        message: Message = context["original"]
        status, because = self.status_of(message), selectors.held_because(message, Restraints.in_force())
        context |= {
            "first_line": first_line(message, status, because),
            "status_text": status_label(status),
            "colour": COLOURS.get(status, ""),
            "buttons": [
                *buttons(request, message, status, because),
                *unmasking_button(request, "unmask_message", message),
            ],
            "summary": self._summary(request, message),
            "everything_url": everything_with(message),
            "explained": explained(message.code_table, message.code),
            "timeline": [permitted(request, entry) for entry in timeline(message, because)],
            "notes": vendor_notes(message, shown_number(request, message.mobile)),
        }
        response: HttpResponse = super().render_change_form(request, context, *args, **kwargs)
        return response

    def _summary(self, request: HttpRequest, message: Message) -> list[tuple[Any, str]]:
        """What one looks for first; the rest stands below."""
        return [
            (_("number"), shown_number(request, message.mobile)),
            (_("text"), shown_text(request, self.shown_text(message))),
            (_("parts and cost"), parts_and_cost(message, self.status_of(message))),
            (_("application"), str(message.application)),
        ]

    def status_of(self, message: Message) -> str:
        """What `selectors.with_status` added."""
        status: str = message.status  # type: ignore[attr-defined]
        return status

    @labelled(_("status"), COLOURS)
    def shown_status(self, message: Message) -> tuple[str, str]:
        return self.status_of(message), status_label(self.status_of(message))

    @admin.display(description=_("code"), empty_value="-")
    def shown_code(self, message: Message) -> str | None:
        return in_short(message.code_table, message.code)

    @admin.display(description=_("text"))
    def shown_text(self, message: Message) -> str:
        text: str = message.text  # type: ignore[attr-defined]
        return text

    @admin.display(description=_("certain"))
    def shown_certain(self, message: Message) -> str:
        return yes_or_no(message.certain)

    @admin.display(description=_("possible duplicate"))
    def shown_duplicate(self, message: Message) -> str:
        return yes_or_no(message.possible_duplicate)

    @admin.display(description=_("batch"))
    def shown_batch(self, message: Message) -> SafeString | str:
        return link_to(Batch, message.batch_id)

    @admin.display(description=_("chunk"))
    def shown_chunk(self, message: Message) -> SafeString | str:
        return link_to(Chunk, message.chunk_id)

    @admin.display(description=_("resend of"))
    def shown_resend_of(self, message: Message) -> SafeString | str:
        return link_to(Message, message.resend_of)

    @admin.display(description=_("resent as"))
    def shown_resent_as(self, message: Message) -> SafeString | str:
        return link_to(Message, message.resent_as)
