"""Through whom we send, on what credit."""

from datetime import datetime
from typing import Any

from django.contrib import admin
from django.core.exceptions import ValidationError
from django.forms import ModelForm
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin, TabularInline

from accounts.admin.applications import ENVIRONMENT_COLOURS
from accounts.admin.changes import Recorded
from accounts.admin.labels import labelled
from accounts.admin.reading import ReadOnlyAdmin
from accounts.admin.units import ago, balance_of, in_yuan
from accounts.models import BalanceReading, ExtnoLease, Signature, UpstreamAccount


class SignatureInline(TabularInline):  # type: ignore[misc]
    model = Signature
    extra = 0


class ExtnoLeaseForm(ModelForm[ExtnoLease]):
    """Live and sandbox never meet, in leases either: replies would reach the wrong side."""

    def clean_application(self) -> Any:
        application = self.cleaned_data["application"]
        if application.environment != self.instance.upstream_account.environment:
            raise ValidationError(
                gettext("This application belongs to another environment than the upstream account.")
            )
        return application


class ExtnoLeaseInline(TabularInline):  # type: ignore[misc]
    model = ExtnoLease
    form = ExtnoLeaseForm
    extra = 0


@admin.register(UpstreamAccount)
class UpstreamAccountAdmin(Recorded, ModelAdmin):  # type: ignore[misc]
    """The password is never shown, and changed by a form of its own.

    Where it is sent, and for which login, is changed by command only: whoever could point the stored password at
    another host could read it there.
    """

    list_display = (
        "name", "shown_environment", "is_active", "extno", "shown_balance", "shown_age", "shown_charge_type",
        "max_connections", "max_numbers",
    )  # fmt: skip
    list_filter = ("environment", "is_active")
    search_fields = ("name", "account", "extno")
    ordering = ("name",)
    inlines: tuple[type[TabularInline], ...] = (SignatureInline, ExtnoLeaseInline)
    history_parts = (
        ("accounts_signature", "upstream_account_id"),
        ("accounts_extnolease", "upstream_account_id"),
        ("accounts_route", "upstream_account_id"),
    )
    readonly_fields = (
        "environment", "base_url", "account", "throttled_to", "throttled_at", "shown_balance", "shown_age",
        "shown_charge_type", "push_path", "created_at",
    )  # fmt: skip
    fieldsets = (
        (
            None,
            {
                "fields": ("name", "environment", "is_active", "base_url", "account", "created_at"),
                "description": _(
                    "Accounts are added by manage.py create_upstream_account; URL and login are changed by "
                    "manage.py set_upstream_account. The password is never shown, and has a page of its own."
                ),
            },
        ),
        (_("Balance"), {"fields": ("shown_balance", "shown_age", "shown_charge_type", "price_per_part")}),
        (
            _("Calls"),
            {
                "fields": (
                    "extno", "max_numbers", "max_connections", "throttled_to", "throttled_at",
                    "internal_error_is_unknown", "signature_check", "auth_mode", "md5_fields", "md5_upper",
                )
            },
        ),
        (_("Push"), {"fields": ("push_path",)}),
    )  # fmt: skip

    def has_add_permission(self, *_args: Any) -> bool:
        return False

    def has_delete_permission(self, *_args: Any) -> bool:
        return False

    def save_model(
        self, _request: HttpRequest, obj: UpstreamAccount, form: ModelForm[Any], _change: bool
    ) -> None:
        """Write only what was edited, and that it was: balance, password and limits change beside us."""
        edited = [name for name in form.changed_data if name in form.fields]
        obj.save(update_fields=[*edited, "changed_at"])

    @labelled(_("environment"), ENVIRONMENT_COLOURS)
    def shown_environment(self, account: UpstreamAccount) -> tuple[str, str]:
        return account.environment, account.get_environment_display()

    @admin.display(description=_("balance"))
    def shown_balance(self, account: UpstreamAccount) -> str:
        return balance_of(account)

    @admin.display(description=_("balance read"))
    def shown_age(self, account: UpstreamAccount) -> str:
        return ago(account.balance_read_at)

    @admin.display(description=_("charge type"), empty_value="-")
    def shown_charge_type(self, account: UpstreamAccount) -> str:
        return account.get_charge_type_display()

    @admin.display(description=_("push path (a secret)"))
    def push_path(self, account: UpstreamAccount) -> str:
        return format_html('<span style="overflow-wrap: anywhere">{}</span>', account.push_path)


@admin.register(BalanceReading)
class BalanceReadingAdmin(ReadOnlyAdmin):
    list_display = ("upstream_account", "shown_balance", "shown_charge_type", "shown_time")
    list_display_links = ("shown_time",)
    list_select_related = ("upstream_account",)
    list_filter = ("upstream_account",)
    lookups = ("upstream_account__id__exact",)
    fields = ("upstream_account", "shown_balance", "shown_charge_type", "read_at")

    @admin.display(description=_("balance"))
    def shown_balance(self, reading: BalanceReading) -> str:
        return gettext("%(amount)s CNY") % {"amount": in_yuan(reading.balance)}

    @admin.display(description=_("charge type"), empty_value="-")
    def shown_charge_type(self, reading: BalanceReading) -> str:
        labels = dict(UpstreamAccount.ChargeType.choices)
        return str(labels.get(reading.charge_type, reading.charge_type))

    @admin.display(description=_("read at"))
    def shown_time(self, reading: BalanceReading) -> datetime:
        return reading.read_at
