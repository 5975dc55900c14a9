"""One message: what became of it, why, and what to do."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from accounts.admin.labels import labelled
from accounts.admin.reading import ReadOnlyAdmin
from messaging import selectors
from messaging.admin.codes import CodeDictionary
from messaging.admin.firstline import first_line
from messaging.admin.links import link_to
from messaging.admin.searching import find_messages
from messaging.admin.timeline import timeline
from messaging.admin.wording import COLOURS, explained, in_short, status_label, yes_or_no
from messaging.holding import Restraints
from messaging.models import Batch, Chunk, Message
from messaging.states import STATUSES


class StatusFilter(admin.SimpleListFilter):
    """By the derived status, as callers see it."""

    title = _("status")
    parameter_name = "status"

    def lookups(self, _request: HttpRequest, _model_admin: Any) -> list[tuple[str, Any]]:
        return [(str(value), label) for value, label in STATUSES]

    def queryset(self, _request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(status=self.value()) if self.value() else queryset


@admin.register(Message)
class MessageAdmin(ReadOnlyAdmin):
    change_form_template = "messaging/message.html"
    list_display = (
        "shown_status", "mobile", "category", "application", "upstream_account", "shown_code", "created_at",
    )  # fmt: skip
    list_display_links = ("shown_status", "mobile")
    list_select_related = ("application", "upstream_account", "batch")
    list_filter = (StatusFilter, "category", "application", "upstream_account")
    lookups = ("status", "category__exact", "application__id__exact", "upstream_account__id__exact")
    search_fields = ("pk",)
    search_help_text = _("Number, id, batch, reference or mid, in full")
    fieldsets = (
        (
            None,
            {
                "fields": (
                    "shown_text",
                    "mobile",
                    "shown_code",
                    "shown_certain",
                    "shown_duplicate",
                )
            },
        ),
        (
            _("Caller"),
            {"fields": ("id", "application", "category", "reference", "shown_batch", "parts", "extno")},
        ),
        (_("Upstream"), {"fields": ("upstream_account", "mid", "shown_chunk")}),
        (_("Times"), {"fields": ("created_at", "send_at", "expires_at", "submitted_at", "final_at")}),
        (_("Resends"), {"fields": ("shown_resend_of", "shown_resent_as")}),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Message]:
        messages: QuerySet[Message] = super().get_queryset(request)
        return selectors.with_status(messages.select_related("application", "upstream_account"))

    def find(self, queryset: QuerySet[Message], term: str) -> QuerySet[Message]:
        return find_messages(queryset, term)

    def get_custom_urls(self) -> tuple[tuple[str, str, Any], ...]:
        return (("codes/", "code_dictionary", CodeDictionary.as_view(model_admin=self)),)

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        message: Message = context["original"]
        because = selectors.held_because(message, Restraints.in_force())
        context |= {
            "first_line": first_line(message, self.status_of(message), because),
            "status_text": status_label(self.status_of(message)),
            "colour": COLOURS.get(self.status_of(message), ""),
            "explained": explained(message.code_table, message.code),
            "timeline": timeline(message, because),
        }
        response: HttpResponse = super().render_change_form(request, context, *args, **kwargs)
        return response

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
