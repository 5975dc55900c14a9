"""The units of claim and call, and the calls."""

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts.admin.labels import labelled
from accounts.admin.reading import ReadOnlyAdmin
from messaging.admin.links import link, list_of
from messaging.admin.message.timeline import ATTEMPT_COLOURS
from messaging.admin.privacy import MaskedAdmin
from messaging.admin.raw import preformatted, readable
from messaging.admin.searching import as_uuid, by_key
from messaging.admin.wording import in_short, reason_label
from messaging.models import Attempt, Chunk, Message
from messaging.services import recovery
from messaging.states import ChunkState
from messaging.vendor.codes import Table

CHUNK_COLOURS = {ChunkState.QUEUED: "info", ChunkState.SUBMITTING: "info", ChunkState.HELD: "warning"}


@admin.register(Chunk)
class ChunkAdmin(ReadOnlyAdmin):
    actions = ("release_chunks",)
    list_display = (
        "id",
        "shown_state",
        "category",
        "application",
        "mode",
        "size",
        "failures",
        "due_at",
        "created_at",
    )
    list_select_related = ("application",)
    list_filter = ("state", "category", "application")
    lookups = ("state__exact", "category__exact", "application__id__exact")
    search_fields = ("pk",)
    search_help_text = _("Id of a chunk, in full")
    fields = (
        "id", "state", "application", "batch", "parent", "category", "extno", "mode", "size", "shown_messages",
        "due_at", "expires_at", "parked", "claims", "failures", "suspect", "swept_at", "created_at",
    )  # fmt: skip

    def get_queryset(self, request: HttpRequest) -> QuerySet[Chunk]:
        chunks: QuerySet[Chunk] = super().get_queryset(request)
        return chunks.defer("members")

    def find(self, queryset: QuerySet[Chunk], term: str) -> QuerySet[Chunk]:
        return by_key(queryset, term)

    @labelled(_("state"), CHUNK_COLOURS)
    def shown_state(self, chunk: Chunk) -> tuple[str, str]:
        return chunk.state, chunk.get_state_display()

    @admin.action(description=_("Release: send again"), permissions=["release"])
    def release_chunks(self, request: HttpRequest, queryset: QuerySet[Chunk]) -> None:
        """Let chunks that killed their workers go again."""
        count = sum(recovery.release(chunk.pk) for chunk in queryset)
        text = ngettext("%(count)d chunk was released.", "%(count)d chunks were released.", count)
        self.message_user(request, text % {"count": count}, messages.SUCCESS if count else messages.WARNING)

    def has_release_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("messaging.change_chunk")

    @admin.display(description=_("messages"))
    def shown_messages(self, chunk: Chunk) -> SafeString:
        return link(list_of(Message, q=chunk.pk), _("Show its messages"))


@admin.register(Attempt)
class AttemptAdmin(MaskedAdmin):
    list_display = (
        "prepared_at", "shown_state", "upstream_account", "extno", "category", "elapsed_ms", "http_status",
        "shown_code", "shown_reason",
    )  # fmt: skip
    list_select_related = ("upstream_account",)
    list_filter = ("state", "upstream_account", "application")
    lookups = ("state__exact", "upstream_account__id__exact", "application__id__exact")
    search_fields = ("pk",)
    search_help_text = _("Id of an attempt or of its chunk, in full")
    fields = (
        "id", "chunk", "application", "upstream_account", "category", "extno", "state", "shown_code",
        "shown_reason", "http_status", "elapsed_ms", "worker", "shown_left_out", "prepared_at", "called_at", "ended_at",
        "lease_until", "shown_raw",
    )  # fmt: skip

    def get_queryset(self, request: HttpRequest) -> QuerySet[Attempt]:
        attempts: QuerySet[Attempt] = super().get_queryset(request)
        return attempts.defer("raw", "left_out")

    def find(self, queryset: QuerySet[Attempt], term: str) -> QuerySet[Attempt]:
        key = as_uuid(term)
        if key and Chunk.objects.filter(pk=key).exists():
            return queryset.filter(chunk_id=key)
        return by_key(queryset, term)

    @labelled(_("state"), ATTEMPT_COLOURS)
    def shown_state(self, attempt: Attempt) -> tuple[str, str]:
        return attempt.state, attempt.get_state_display()

    @admin.display(description=_("STATUS"), empty_value="-")
    def shown_code(self, attempt: Attempt) -> str | None:
        return in_short(Table.STATUS, attempt.code)

    @admin.display(description=_("reason"), empty_value="-")
    def shown_reason(self, attempt: Attempt) -> str | None:
        return reason_label(attempt.reason) or None

    @admin.display(description=_("members left out"))
    def shown_left_out(self, attempt: Attempt) -> int:
        return len(attempt.left_out)

    @admin.display(description=_("raw answer"))
    def shown_raw(self, attempt: Attempt) -> SafeString | str:
        return preformatted(readable(attempt.raw))
