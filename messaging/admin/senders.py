"""Upstream accounts and applications, with what messaging knows of them: holds, pauses, routes, the test."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.admin import TabularInline
from unfold.widgets import UnfoldAdminPasswordWidget

from accounts.admin.applications import ApplicationAdmin
from accounts.admin.upstream import UpstreamAccountAdmin
from accounts.models import Application, Route, UpstreamAccount
from accounts.services import change_upstream_password
from messaging.admin.decisions import Button, Done
from messaging.admin.holds import what_ends, why
from messaging.admin.pausing import PauseAccount, PauseApplication, pause_buttons
from messaging.admin.probing import TestAccount
from messaging.admin.questions import Question
from messaging.admin.routes import RouteForm
from messaging.admin.wording import one_after_another, reason_label, sentences
from messaging.holding import in_force
from messaging.models import Hold

admin.site.unregister(UpstreamAccount)
admin.site.unregister(Application)


class PasswordForm(forms.Form):
    """Typed twice; what was stored is never shown."""

    password = forms.CharField(
        label=_("new password"), max_length=200, strip=False, widget=UnfoldAdminPasswordWidget
    )
    again = forms.CharField(
        label=_("once more"), max_length=200, strip=False, widget=UnfoldAdminPasswordWidget
    )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if data.get("password") != data.get("again"):
            self.add_error("again", gettext("The two are not the same."))
        return data


class ChangePassword(Question):
    """The only page that takes one; URL and login name are changed by command."""

    model = UpstreamAccount
    form_class = PasswordForm
    permission_required = ("accounts.change_upstreamaccount",)
    title = _("Change the account's password")
    label = _("Change the password")

    def consequences(self) -> Sequence[str]:
        return [
            gettext("%(account)s: the password that the vendor gave for the login %(login)s.")
            % {"account": self.row, "login": self.row.account},
            gettext("Calls from now on use it, and a hold that a refused login caused is tried at once."),
        ]

    def decide(self) -> Done:
        change_upstream_password(self.row, self.said["password"])
        return Done(gettext("The password was changed."), self.back())


class RouteInline(TabularInline):  # type: ignore[misc]
    model = Route
    form = RouteForm
    fk_name = "upstream_account"
    fields = ("rank", "application", "category")
    ordering = ("rank", "pk")
    extra = 0

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).select_related("application")


def _said_of(hold: Hold) -> str:
    of = f"{hold.get_scope_display()} {hold.value}: " if hold.value else ""
    return of + one_after_another(
        why(hold), capfirst(sentences(reason_label(hold.detail))) if hold.detail else "", what_ends(hold)
    )


class _Sender:
    """What both pages show above their form."""

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        if row := context.get("original"):
            context |= {
                "held": [_said_of(hold) for hold in self.holds_of(row)],
                "buttons": self.buttons(request, row),
            }
        response: HttpResponse = super().render_change_form(request, context, *args, **kwargs)  # type: ignore[misc]
        return response

    def holds_of(self, row: Any) -> Any:
        raise NotImplementedError

    def buttons(self, request: HttpRequest, row: Any) -> list[Button]:
        return pause_buttons(request, row)


@admin.register(UpstreamAccount)
class TestedAccountAdmin(_Sender, UpstreamAccountAdmin):
    __test__ = False
    change_form_template = "messaging/account.html"
    inlines = (*UpstreamAccountAdmin.inlines, RouteInline)

    def get_custom_urls(self) -> tuple[tuple[str, str, Any], ...]:
        return (
            ("<int:pk>/pause/", "pause_account", PauseAccount.as_view(model_admin=self)),
            ("<int:pk>/test/", "test_account", TestAccount.as_view(model_admin=self)),
            ("<int:pk>/password/", "change_account_password", ChangePassword.as_view(model_admin=self)),
        )

    def holds_of(self, row: UpstreamAccount) -> Any:
        return in_force().filter(upstream_account=row)

    def buttons(self, request: HttpRequest, row: UpstreamAccount) -> list[Button]:
        found = super().buttons(request, row)
        if not request.user.has_perm("accounts.change_upstreamaccount"):
            return found
        return [
            Button(
                gettext("Test the account …"), reverse("admin:test_account", args=[row.pk]), "network_check"
            ),
            Button(
                gettext("Change the password …"),
                reverse("admin:change_account_password", args=[row.pk]),
                "key",
            ),
            *found,
        ]

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        for row in formset.save(commit=False):
            if isinstance(row, Route):
                row.environment = row.upstream_account.environment
            row.save()
        for row in formset.deleted_objects:
            row.delete()
        formset.save_m2m()


@admin.register(Application)
class PausableApplicationAdmin(_Sender, ApplicationAdmin):
    change_form_template = "messaging/account.html"

    def get_custom_urls(self) -> tuple[tuple[str, str, Any], ...]:
        return (("<int:pk>/pause/", "pause_application", PauseApplication.as_view(model_admin=self)),)

    def holds_of(self, row: Application) -> Any:
        return in_force().filter(application=row)
