"""What a person may decide about one message: cancel, resend, let go again."""

from collections.abc import Iterator, Sequence

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from messaging import tasks
from messaging.admin.decisions import Button, Decision, Done
from messaging.admin.links import page_of
from messaging.exceptions import Refused
from messaging.models import Message
from messaging.selectors import HeldBecause
from messaging.services import cancelling, recovery, resending
from messaging.states import Derived, State

CANCEL, RESEND, RELEASE = "messaging.cancel_message", "messaging.resend_message", "messaging.release_hold"
VIEW = "messaging.view_message"
CANCELLABLE = frozenset({State.QUEUED.value, Derived.SCHEDULED.value, Derived.HELD.value})


def buttons(request: HttpRequest, message: Message, status: str, because: HeldBecause | None) -> list[Button]:
    """Return what this member of staff may do about a message in this status."""
    return list(_open_to(request, message, status, because))


def _open_to(
    request: HttpRequest, message: Message, status: str, because: HeldBecause | None
) -> Iterator[Button]:
    may = request.user.has_perm
    if status in resending.RESENDABLE and not message.resent_as and may(RESEND):
        yield Button(gettext("Resend …"), _address("resend_message", message), "redo", dangerous=True)
    if status == Derived.HELD and may(RELEASE):
        yield Button(gettext("Release …"), _address("release_message", message), "play_arrow")
    if because and because.hold_id and may(RELEASE):
        yield Button(
            gettext("Release the hold …"),
            reverse("admin:release_hold", args=[because.hold_id]),
            "play_arrow",
        )
    if status in CANCELLABLE and may(CANCEL):
        yield Button(gettext("Cancel it …"), _address("cancel_message", message), "block", dangerous=True)


def _address(name: str, message: Message) -> str:
    return reverse(f"admin:{name}", args=[message.pk])


class CancelMessage(Decision):
    model = Message
    permission_required = (VIEW, CANCEL)
    title = _("Cancel this message?")
    label = _("Cancel the message")
    dangerous = True

    def consequences(self) -> Sequence[str]:
        return [
            gettext("It will never be sent. This can't be undone; a new message can be posted at any time.")
        ]

    def decide(self) -> Done:
        cancelling.cancel_message(self.row.pk, self.row.application, by=self.who)
        return Done(gettext("The message is cancelled."), self.back())


class ResendMessage(Decision):
    model = Message
    permission_required = (VIEW, RESEND)
    title = _("Send this message a second time?")
    label = _("Resend: it may arrive twice")
    dangerous = True

    def consequences(self) -> Sequence[str]:
        return [
            gettext(
                "Nobody knows whether the gateway took the first one. If it did, the recipient gets the same text "
                "twice, and both are billed."
            ),
            gettext(
                "Ask the vendor first if there is time: the note on the message's page can be sent as it is."
            ),
            gettext(
                "It goes out now as a new message that names this one; both are marked as possible duplicates."
            ),
        ]

    def decide(self) -> Done:
        new = resending.resend(self.row.pk, None, by=self.who)
        tasks.ring_lane(self.row.category)
        return Done(
            gettext("Resent as a new message. This page shows what becomes of it."), page_of(Message, new)
        )


class ReleaseMessage(Decision):
    """Of a message whose workers died again and again."""

    model = Message
    permission_required = (VIEW, RELEASE)
    title = _("Let this message go?")
    label = _("Release the message")

    def consequences(self) -> Sequence[str]:
        return [
            gettext("Worker after worker died before it could send this message. Nothing of it has left."),
            gettext("It is tried again now. Look at the workers' logs of that time first."),
        ]

    def decide(self) -> Done:
        if not self.row.chunk_id or not recovery.release(self.row.chunk_id):
            raise Refused("not_held", gettext("It is not held any more."))
        tasks.ring_lane(self.row.category)
        return Done(gettext("The message waits for its turn again."), self.back())
