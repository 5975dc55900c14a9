"""Keys without their digests. A key is shown once, to whoever runs the command that makes it."""

from typing import Any

from django.contrib import admin, messages
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext, ngettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _
from unfold.admin import TabularInline

from accounts.admin.changes import Recorded
from accounts.admin.labels import labelled
from accounts.admin.reading import NothingChanges, ReadOnlyAdmin
from accounts.admin.units import ago
from accounts.models import ApiKey, Scope
from accounts.services import revoke_api_key

STATES = {"live": pgettext_lazy("API key", "live"), "expired": _("expired"), "revoked": _("revoked")}
COLOURS = {"live": "success", "expired": "", "revoked": ""}


class ShownKey:
    """Columns of a key."""

    @labelled(_("state"), COLOURS)
    def shown_state(self, key: ApiKey) -> tuple[str, str]:
        state = "revoked" if key.revoked_at else "live" if key.is_live(timezone.now()) else "expired"
        return state, str(STATES[state])

    @admin.display(description=_("scopes"))
    def shown_scopes(self, key: ApiKey) -> str:
        labels = dict(Scope.choices)
        return gettext(", ").join(str(labels.get(scope, scope)) for scope in key.scopes) or gettext(
            "everything"
        )

    @admin.display(description=_("allowed networks"))
    def shown_networks(self, key: ApiKey) -> str:
        return ", ".join(key.networks) or gettext("those of the application")

    @admin.display(description=_("last used"))
    def shown_use(self, key: ApiKey) -> str:
        return ago(key.last_used_at)


class ApiKeyInline(ShownKey, NothingChanges, TabularInline):  # type: ignore[misc]
    model = ApiKey
    extra = 0
    show_change_link = True
    hide_title = True  # the prefix is a column
    fields = readonly_fields = (
        "prefix", "label", "shown_state", "shown_scopes", "shown_networks", "expires_at", "shown_use",
    )  # fmt: skip
    ordering = ("-pk",)


@admin.register(ApiKey)
class ApiKeyAdmin(Recorded, ShownKey, ReadOnlyAdmin):
    """The newest first. A few for each application, so these may be counted."""

    paginator = Paginator
    show_full_result_count = True
    list_display = (
        "prefix", "application", "label", "shown_state", "shown_scopes", "shown_networks", "expires_at", "shown_use",
    )  # fmt: skip
    list_select_related = ("application",)
    list_filter = ("application",)
    lookups = ("application__id__exact",)
    search_fields = ("prefix",)
    actions = ("revoke",)
    fields = (
        "prefix", "application", "label", "shown_state", "shown_scopes", "shown_networks", "created_at", "expires_at",
        "revoked_at", "shown_use",
    )  # fmt: skip

    def has_revoke_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("accounts.change_apikey")

    @admin.action(description=_("Revoke: refuse from now on"), permissions=["revoke"])
    def revoke(self, request: HttpRequest, queryset: QuerySet[ApiKey]) -> None:
        revoked = [key for key in queryset if revoke_api_key(key.prefix)]
        for key in revoked:
            self.log_change(request, key, gettext("Revoked."))
        text = ngettext("%(count)d key was revoked.", "%(count)d keys were revoked.", len(revoked))
        level = messages.SUCCESS if revoked else messages.WARNING
        self.message_user(request, text % {"count": len(revoked)}, level)

    def find(self, queryset: QuerySet[Any], term: str) -> QuerySet[Any]:
        """By the prefix, or by what begins like a whole key."""
        return queryset.filter(prefix=term.removeprefix("sgw_").split("_")[0])
