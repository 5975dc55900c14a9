"""The red buttons: nothing more is sent through an account, of an application, or at all, until a person resumes."""

from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import Application, UpstreamAccount
from messaging.admin.decisions import Button, Done
from messaging.admin.questions import Question, ReasonForm
from messaging.exceptions import Refused
from messaging.holding import everything_held, in_force
from messaging.models import Hold
from messaging.services import holds

PAUSE, RELEASE = "messaging.pause_sending", "messaging.release_hold"
STUCK = "admin:stuck"


class _Pause(Question):
    form_class = ReasonForm
    dangerous = True

    def consequences(self) -> Sequence[str]:
        return [
            self.what_stops(),
            gettext("Requests are accepted as before. Messages wait, and expire where a deadline was given."),
            gettext("What is being submitted at this moment still goes. Only a person ends this."),
        ]

    def what_stops(self) -> str:
        raise NotImplementedError

    def held(self) -> dict[str, int]:
        """Return what is paused, as `holds.pause` takes it."""
        raise NotImplementedError

    def decide(self) -> Done:
        if not holds.pause(by=self.who, why=self.said["why"], **self.held()):
            raise Refused("paused", gettext("It was paused before."))
        return Done(gettext("Paused: %(what)s") % {"what": self.what_stops()}, self.back())


class PauseAccount(_Pause):
    model = UpstreamAccount
    permission_required = ("accounts.view_upstreamaccount", PAUSE)
    title = _("Pause this upstream account?")
    label = _("Pause the account")

    def what_stops(self) -> str:
        text = gettext(
            "Nothing more is sent through %(account)s; where a route leads to another one, that one sends."
        )
        return text % {"account": self.row}

    def held(self) -> dict[str, int]:
        return {"account_id": self.row.pk}


class PauseApplication(_Pause):
    model = Application
    permission_required = ("accounts.view_application", PAUSE)
    title = _("Pause this application?")
    label = _("Pause the application")

    def what_stops(self) -> str:
        return gettext("Nothing more of %(application)s is sent.") % {"application": self.row}

    def held(self) -> dict[str, int]:
        return {"application_id": self.row.pk}


class PauseEverything(_Pause):
    permission_required = (PAUSE,)
    title = _("Pause everything?")
    label = _("Pause everything")

    def what_stops(self) -> str:
        return gettext(
            "Nothing more is sent, of any application, through any account: one-time passwords too."
        )

    def held(self) -> dict[str, int]:
        return {}

    def back(self) -> str:
        return reverse(STUCK)

    @property
    def row(self) -> Any:
        """Return the hold that keeps everything back, for the log of what staff did."""
        return everything_held()


def pause_buttons(request: HttpRequest, row: UpstreamAccount | Application) -> list[Button]:
    """Return what this member of staff may do about an account's or application's sending: pause it, or resume."""
    of_account = isinstance(row, UpstreamAccount)
    scope = Hold.Scope.ACCOUNT if of_account else Hold.Scope.APPLICATION
    held = (
        in_force().filter(scope=scope, **{"upstream_account" if of_account else "application": row}).first()
    )
    found = []
    if held and request.user.has_perm(RELEASE):
        found.append(
            Button(gettext("Resume sending …"), reverse("admin:release_hold", args=[held.pk]), "play_arrow")
        )
    if request.user.has_perm(PAUSE) and not (held and held.cause == Hold.Cause.PERSON):
        name = "admin:pause_account" if of_account else "admin:pause_application"
        found.append(Button(gettext("Pause …"), reverse(name, args=[row.pk]), "pause_circle", dangerous=True))
    return found
