"""What a held account keeps, sent by another one."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.urls import reverse
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminSelectWidget

from accounts.models import UpstreamAccount
from messaging import tasks
from messaging.admin.decisions import Done
from messaging.admin.holds import what_it_holds
from messaging.admin.questions import Question
from messaging.admin.wording import sentences
from messaging.models import Hold
from messaging.services import rerouting


def can_move(hold: Hold) -> bool:
    """Whether another account could send what this hold keeps, and there is one."""
    return hold.ended_at is None and hold.scope in rerouting.MOVABLE and others_than(hold).exists()


def others_than(hold: Hold) -> Any:
    account = hold.upstream_account
    if account is None:
        return UpstreamAccount.objects.none()
    active = UpstreamAccount.objects.filter(is_active=True, environment=account.environment)
    return active.exclude(pk=account.pk).order_by("name")


class OtherAccountForm(forms.Form):
    """Which other one."""

    account = forms.ModelChoiceField(
        label=_("upstream account"), queryset=UpstreamAccount.objects.none(), widget=UnfoldAdminSelectWidget
    )

    def __init__(self, *args: Any, choices: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["account"].queryset = choices  # type: ignore[attr-defined]


class MoveHeld(Question):
    """Adds routes, and never touches a message: the next claim finds the other account by rank."""

    model = Hold
    form_class = OtherAccountForm
    permission_required = ("messaging.view_hold", "messaging.release_hold", "accounts.add_route")
    title = _("Send through another account?")
    label = _("Open this way")

    def form_arguments(self) -> dict[str, Any]:
        return {"choices": others_than(self.row)}

    def consequences(self) -> Sequence[str]:
        return [
            sentences(what_it_holds(self.row)),
            gettext(
                "Each route to the held account gets a second one behind it, to the account chosen here. What waits "
                "goes there with the next call; what has left, or may have, stays where it is and is never sent again."
            ),
            gettext(
                "Once the hold ends, the first account sends again by itself: its rank is lower. The routes stay until "
                "somebody deletes them."
            ),
            gettext(
                "Check before that the other account has filed the signatures. Messages with an extno of their own "
                "wait on, unless it is the other account's too or leased there."
            ),
        ]

    def decide(self) -> Done:
        if not can_move(self.row):
            return Done(gettext("There is no other way for what this hold keeps."), self.back())
        count = rerouting.open_second_way(self.row, self.said["account"], by=self.who)
        tasks.ring_due_lanes()
        text = ngettext("%(count)d route was added.", "%(count)d routes were added.", count)
        return Done(text % {"count": count}, self.back())

    def back(self) -> str:
        return reverse("admin:stuck")
