"""Logins for programs that speak the vendor's protocol to our /sms."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.widgets import UnfoldAdminPasswordWidget, UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from accounts.admin.changes import Recorded
from accounts.encryption import encrypt
from accounts.ledger import open_purse
from accounts.logins import change_login_password, lease_extnos, refuse_leased
from accounts.models import GatewayLogin
from messaging.admin.decisions import Button, Done
from messaging.admin.questions import Question
from messaging.admin.senders import PasswordForm
from messaging.states import Category


class LoginForm(forms.ModelForm[GatewayLogin]):
    category = forms.ChoiceField(
        label=capfirst(_("category")),
        choices=Category.choices,
        initial=Category.NOTIFICATION,
        help_text=GatewayLogin._meta.get_field("category").help_text,  # noqa: SLF001
        widget=UnfoldAdminSelectWidget,
    )

    def clean(self) -> dict[str, Any]:
        """An extno that is leased to another application can't be used."""
        data = super().clean() or self.cleaned_data
        application = data.get("application") or (self.instance.application if self.instance.pk else None)
        if application and data.get("extnos"):
            try:
                refuse_leased(application, data["extnos"])
            except ValidationError as error:
                self.add_error(None, error)
        return data


class NewLoginForm(LoginForm):
    password = forms.CharField(
        label=_("Password"), max_length=200, strip=False, widget=UnfoldAdminPasswordWidget
    )


class ChangeLoginPassword(Question):
    model = GatewayLogin
    form_class = PasswordForm
    permission_required = ("accounts.change_gatewaylogin",)
    title = _("Change the login's password")
    label = _("Change the password")

    def consequences(self) -> Sequence[str]:
        return [
            gettext("%(login)s: its programs are refused with STATUS 3 until they use the new password.")
            % {"login": self.row}
        ]

    def decide(self) -> Done:
        change_login_password(self.row, self.said["password"])
        return Done(gettext("The password was changed."), self.back())


@admin.register(GatewayLogin)
class GatewayLoginAdmin(Recorded, ModelAdmin):  # type: ignore[misc]
    """A login is switched off, never deleted: batches point at it. Its password is never shown."""

    form = LoginForm
    change_form_template = "messaging/login.html"
    list_display = (
        "account",
        "application",
        "is_active",
        "extnos",
        "shown_category",
        "protocol",
        "max_connections",
    )
    list_select_related = ("application",)
    list_filter = ("application", "is_active")
    search_fields = ("account", "application__name")
    ordering = ("account",)
    formfield_overrides = {ArrayField: {"widget": UnfoldAdminTextInputWidget}}
    asked = (
        "application", "account", "is_active", "auth_mode", "extnos", "category", "networks", "max_connections",
        "protocol", "signature_check", "signatures", "push_url",
    )  # fmt: skip

    def get_custom_urls(self) -> tuple[tuple[str, str, Any], ...]:
        page = ChangeLoginPassword.as_view(model_admin=self)
        return (("<int:pk>/password/", "change_login_password", page),)

    def get_fields(self, _request: HttpRequest, obj: GatewayLogin | None = None) -> tuple[str, ...]:
        return (*self.asked, "created_at") if obj else (*self.asked[:2], "password", *self.asked[2:])

    def get_readonly_fields(self, _request: HttpRequest, obj: GatewayLogin | None = None) -> tuple[str, ...]:
        return ("application", "account", "created_at") if obj else ()

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        if obj is None:
            kwargs["form"] = NewLoginForm
            kwargs["fields"] = self.asked
        return super().get_form(request, obj, change, **kwargs)

    def has_delete_permission(self, *_args: Any) -> bool:
        return False

    @admin.display(description=_("category"), ordering="category")
    def shown_category(self, login: GatewayLogin) -> str:
        return str(dict(Category.choices).get(login.category, login.category))

    def save_model(
        self, _request: HttpRequest, obj: GatewayLogin, form: forms.ModelForm[Any], change: bool
    ) -> None:
        """As the command does: extnos are leased, and its application gets a purse."""
        if not change:
            obj.encrypted_password = encrypt(form.cleaned_data["password"])
            obj.save()
            open_purse(obj.application)
        elif edited := [name for name in form.changed_data if name in form.fields]:
            obj.save(update_fields=edited)
        lease_extnos(obj)

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        row = context.get("original")
        if row and request.user.has_perm("accounts.change_gatewaylogin"):
            address = reverse("admin:change_login_password", args=[row.pk])
            context["buttons"] = [Button(gettext("Change the password …"), address, "key")]
        response: HttpResponse = super().render_change_form(request, context, *args, **kwargs)
        return response
