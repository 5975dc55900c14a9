"""Who calls us."""

from typing import Any

from django.contrib import admin
from django.contrib.postgres.fields import ArrayField
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.widgets import UnfoldAdminTextInputWidget

from accounts.admin.changes import Recorded
from accounts.admin.keys import ApiKeyInline
from accounts.admin.labels import labelled
from accounts.admin.units import clock
from accounts.models import Application, Environment, QuotaUse

ENVIRONMENT_COLOURS = {Environment.LIVE: "success", Environment.SANDBOX: "info"}


@admin.register(Application)
class ApplicationAdmin(Recorded, ModelAdmin):  # type: ignore[misc]
    """An application is switched off, never deleted: its messages point at it."""

    list_display = ("name", "shown_environment", "is_active", "created_at")
    list_filter = ("environment", "is_active")
    search_fields = ("name",)
    ordering = ("name",)
    inlines = (ApiKeyInline,)
    formfield_overrides = {ArrayField: {"widget": UnfoldAdminTextInputWidget}}
    history_parts = (
        ("accounts_apikey", "application_id"),
        ("accounts_route", "application_id"),
        ("accounts_extnolease", "application_id"),
    )
    fieldsets = (
        (
            None,
            {
                "fields": (
                    "name",
                    "environment",
                    "is_active",
                    "networks",
                    "resend_unknown_after_seconds",
                    "shown_creation",
                ),
                "description": _(
                    "API keys are made by command: manage.py create_api_key. A key is shown only once, when it is "
                    "made. They are revoked under API keys, or by manage.py revoke_api_key."
                ),
            },
        ),
        (
            _("Limits"),
            {"fields": ("rate_per_second", "rate_burst", "daily_quota", "monthly_quota", "shown_use")},
        ),
        (
            _("Guards"),
            {"fields": ("requires_idempotency_key", "limits_frequency", "same_content_seconds")},
        ),
    )

    def has_delete_permission(self, *_args: Any) -> bool:
        return False

    def get_readonly_fields(self, _request: HttpRequest, obj: Application | None = None) -> tuple[str, ...]:
        """The environment never changes: a database rule ties it to the routes."""
        always = ("shown_creation", "shown_use")
        return ("environment", *always) if obj else always

    @admin.display(description=_("created at"), empty_value="-")
    def shown_creation(self, application: Application) -> str | None:
        """On the form of a new one there is no time yet, only the database's rule that makes it."""
        return clock(application.created_at) if application.pk else None

    @labelled(_("environment"), ENVIRONMENT_COLOURS)
    def shown_environment(self, application: Application) -> tuple[str, str]:
        return application.environment, application.get_environment_display()

    @admin.display(description=_("used of the quotas"), empty_value="-")
    def shown_use(self, application: Application) -> str | None:
        use = QuotaUse.objects.filter(pk=application.pk).first()
        if use is None:
            return None
        today = timezone.localdate()
        return gettext("%(today)d today, %(month)d this month, with what is reserved at this moment") % {
            "today": use.used_today if use.day == today else 0,
            "month": use.used_this_month if use.month == today.replace(day=1) else 0,
        }
