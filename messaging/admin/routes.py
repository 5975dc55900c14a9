"""Which application and category uses which upstream account. Here and not in accounts: it knows the categories."""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils.text import capfirst
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.widgets import UnfoldAdminSelectWidget

from accounts.admin.applications import ENVIRONMENT_COLOURS
from accounts.admin.changes import Recorded
from accounts.admin.labels import labelled
from accounts.models import Route
from messaging.states import Category


class RouteForm(forms.ModelForm[Route]):
    """The environment is the upstream account's; a database rule keeps live and sandbox apart, so does this form."""

    category = forms.ChoiceField(
        label=capfirst(_("category")),
        choices=[("", _("any")), *Category.choices],
        required=False,
        widget=UnfoldAdminSelectWidget,
    )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        application, account = data.get("application"), data.get("upstream_account")
        if application and account and application.environment != account.environment:
            text = gettext(
                "%(application)s is %(one)s, %(account)s is %(other)s: live and sandbox never meet."
            )
            self.add_error(
                "upstream_account",
                text
                % {
                    "application": application,
                    "one": application.get_environment_display(),
                    "account": account,
                    "other": account.get_environment_display(),
                },
            )
        return data


@admin.register(Route)
class RouteAdmin(Recorded, ModelAdmin):  # type: ignore[misc]
    form = RouteForm
    list_display = ("rank", "shown_application", "shown_category", "upstream_account", "shown_environment")
    list_display_links = ("rank", "shown_application")
    list_select_related = ("application", "upstream_account")
    list_filter = ("environment", "upstream_account", "application")
    fields = ("application", "category", "upstream_account", "rank")
    ordering = ("environment", "rank", "pk")

    def save_model(self, _request: HttpRequest, obj: Route, _form: RouteForm, _change: bool) -> None:
        obj.environment = obj.upstream_account.environment
        obj.save()

    @admin.display(description=_("application"))
    def shown_application(self, route: Route) -> str:
        return route.application.name if route.application else gettext("any")

    @admin.display(description=_("category"))
    def shown_category(self, route: Route) -> str:
        return str(dict(Category.choices).get(route.category, route.category)) or gettext("any")

    @labelled(_("environment"), ENVIRONMENT_COLOURS)
    def shown_environment(self, route: Route) -> tuple[str, str]:
        return route.environment, route.get_environment_display()
