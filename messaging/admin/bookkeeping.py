"""Our own books, plainly: the event log, singles that no chunk holds yet, leases of periodic jobs."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.admin.reading import ReadOnlyAdmin
from messaging.admin.links import link_to
from messaging.admin.privacy import MaskedAdmin
from messaging.admin.raw import preformatted
from messaging.admin.searching import as_uuid, by_key
from messaging.admin.wording import EVENT_KINDS, reason_label
from messaging.models import Event, ExtraMid, Heartbeat, JobLease, Message, QueuedSingle
from messaging.numbers import normalise
from messaging.states import Category, EventKind

MOST_MEMBERS = 200


@admin.register(Event)
class EventAdmin(ReadOnlyAdmin):
    list_display = ("at", "shown_kind", "application", "shown_detail", "position")
    list_select_related = ("application",)
    list_filter = ("application",)
    lookups = ("application__id__exact",)
    search_fields = ("pk",)
    search_help_text = _("Id of an event, a message or a batch, in full")
    fields = (
        "id",
        "shown_kind",
        "at",
        "application",
        "chunk_id",
        "shown_detail",
        "position",
        "size",
        "shown_members",
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Event]:
        events: QuerySet[Event] = super().get_queryset(request)
        return events.defer("message_ids", "statuses", "codes", "mids")

    def find(self, queryset: QuerySet[Event], term: str) -> QuerySet[Event]:
        """The event of an accepted message or batch bears its id."""
        return by_key(queryset, term)

    @admin.display(description=_("kind"))
    def shown_kind(self, event: Event) -> str:
        return str(EVENT_KINDS.get(EventKind(event.kind)))

    @admin.display(description=_("detail"), empty_value="-")
    def shown_detail(self, event: Event) -> str | None:
        return reason_label(event.detail) or None

    @admin.display(description=_("messages"))
    def size(self, event: Event) -> int:
        return len(event.message_ids)

    @admin.display(description=_("members, as they were then"))
    def shown_members(self, event: Event) -> str:
        codes = event.codes or [None] * len(event.message_ids)
        rows = list(zip(event.message_ids, event.statuses, codes, strict=True))[:MOST_MEMBERS]
        lines = [f"{pk}  {status}  {code or ''}".rstrip() for pk, status, code in rows]
        more = len(event.message_ids) - len(rows)
        return preformatted("\n".join([*lines, *([f"… + {more}"] if more else [])]))


@admin.register(QueuedSingle)
class QueuedSingleAdmin(MaskedAdmin):
    list_display = ("message_id", "shown_category", "application", "mobile", "due_at", "expires_at")
    list_select_related = ("application",)
    list_filter = ("application",)
    lookups = ("application__id__exact",)
    search_fields = ("pk",)
    search_help_text = _("Id of a message, in full")

    fields = (
        "message_id", "application", "shown_category", "extno", "mobile", "shown_company", "due_at", "expires_at",
    )  # fmt: skip

    @admin.display(description=_("category"))
    def shown_category(self, single: QueuedSingle) -> str:
        return str(Category(single.category).label)

    @admin.display(description=_("may share a call with other texts"))
    def shown_company(self, single: QueuedSingle) -> str:
        return gettext("Yes") if single.p2p else gettext("No: its text has a line break.")

    def find(self, queryset: QuerySet[QueuedSingle], term: str) -> QuerySet[QueuedSingle]:
        return by_key(queryset, term)


@admin.register(JobLease)
class JobLeaseAdmin(ReadOnlyAdmin):
    list_display = ("name", "holder", "until")
    ordering = ("name",)


@admin.register(Heartbeat)
class HeartbeatAdmin(ReadOnlyAdmin):
    list_display = ("name", "at")
    ordering = ("name",)


@admin.register(ExtraMid)
class ExtraMidAdmin(MaskedAdmin):
    list_display = ("mid", "mobile", "upstream_account", "shown_message")
    list_select_related = ("upstream_account",)
    search_fields = ("pk",)
    search_help_text = _("Number or id of a message, in full")
    fields = ("mid", "mobile", "upstream_account", "shown_message")

    def find(self, queryset: QuerySet[ExtraMid], term: str) -> QuerySet[ExtraMid]:
        """Indexes: extra_mid_once begins with the number; extra_mids_of_message."""
        mobile, key = normalise(term), as_uuid(term)
        if mobile:
            return queryset.filter(mobile=mobile)
        return queryset.filter(message_id=key) if key else queryset.none()

    @admin.display(description=_("message"))
    def shown_message(self, extra: ExtraMid) -> SafeString | str:
        return link_to(Message, extra.message_id)
