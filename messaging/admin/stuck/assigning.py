"""Replies that found no owner: one by one, or all to an access number, given to an application."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldBooleanSwitchWidget

from accounts.models import Application, UpstreamAccount
from messaging.admin.decisions import Done
from messaging.admin.questions import Question
from messaging.models import InboundMessage
from messaging.services import assigning

ASSIGN = ("messaging.view_inboundmessage", "messaging.change_inboundmessage")


class OwnerForm(forms.Form):
    """Whose it is; only applications of the account's environment are offered."""

    application = forms.ModelChoiceField(
        label=_("application"), queryset=Application.objects.none(), widget=UnfoldAdminSelectWidget
    )

    def __init__(self, *args: Any, environment: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        same_side = Application.objects.filter(environment=environment).order_by("name")
        self.fields["application"].queryset = same_side  # type: ignore[attr-defined]


class ExtnoOwnerForm(OwnerForm):
    """With what shall become of later ones."""

    lease = forms.BooleanField(
        label=_("lease this access number to it"),
        help_text=_("Later replies to it, and to longer numbers that begin so, are its too."),
        required=False,
        initial=True,
        widget=UnfoldBooleanSwitchWidget,
    )


class _Assign(Question):
    label = _("Assign")

    def back(self) -> str:
        return reverse("admin:stuck")

    def told(self, count: int) -> Done:
        text = ngettext("%(count)d message was assigned.", "%(count)d messages were assigned.", count)
        return Done(text % {"count": count}, self.back())


class AssignInbound(_Assign):
    model = InboundMessage
    form_class = OwnerForm
    permission_required = ASSIGN
    title = _("Whose is this message?")

    def form_arguments(self) -> dict[str, Any]:
        return {"environment": self.row.upstream_account.environment}

    def consequences(self) -> Sequence[str]:
        return [gettext("The application reads it as a new one. This can't be undone.")]

    def decide(self) -> Done:
        return self.told(assigning.assign([self.row.pk], self.said["application"], by=self.who))


class AssignExtno(_Assign):
    """All that is nobody's of one access number of one account."""

    model = UpstreamAccount
    form_class = ExtnoOwnerForm
    permission_required = (*ASSIGN, "accounts.add_extnolease")
    title = _("Whose are the messages to this access number?")

    @cached_property
    def row(self) -> UpstreamAccount:
        return get_object_or_404(UpstreamAccount, pk=self.kwargs["account"])

    @property
    def access_code(self) -> str:
        return str(self.kwargs["access_code"])

    def form_arguments(self) -> dict[str, Any]:
        return {"environment": self.row.environment}

    def consequences(self) -> Sequence[str]:
        text = gettext(
            "Every message to %(access_code)s on %(account)s that is nobody's yet goes to one application."
        )
        return [
            text % {"access_code": self.access_code, "account": self.row},
            gettext("The application reads them as new ones. This can't be undone."),
        ]

    def decide(self) -> Done:
        application, lease = self.said["application"], self.said["lease"]
        return self.told(
            assigning.assign_extno(self.row, self.access_code, application, lease=lease, by=self.who)
        )
