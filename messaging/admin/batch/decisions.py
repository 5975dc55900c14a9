"""What a person may decide about a batch: pause it, go on, cancel it."""

from collections.abc import Sequence

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from messaging.admin.batch.progress import Progress, account_of, hold_on
from messaging.admin.decisions import Button, Decision, Done
from messaging.exceptions import Refused
from messaging.models import Batch
from messaging.services import cancelling, holds

VIEW = "messaging.view_batch"
CANCEL, PAUSE, RESUME = "messaging.cancel_message", "messaging.pause_sending", "messaging.release_hold"


def buttons(request: HttpRequest, batch: Batch, progress: Progress) -> list[Button]:
    """Return what this member of staff may do about a batch of which something still waits."""
    may = request.user.has_perm
    found = []
    if progress.paused and may(RESUME):
        found.append(Button(gettext("Go on …"), _address("resume_batch", batch), "play_arrow"))
    if progress.waiting and not progress.cancelled and not progress.paused and may(PAUSE):
        found.append(Button(gettext("Pause …"), _address("pause_batch", batch), "pause_circle"))
    if progress.waiting and not progress.cancelled and may(CANCEL):
        found.append(Button(gettext("Cancel it …"), _address("cancel_batch", batch), "block", dangerous=True))
    return found


def _address(name: str, batch: Batch) -> str:
    return reverse(f"admin:{name}", args=[batch.pk])


class PauseBatch(Decision):
    model = Batch
    permission_required = (VIEW, PAUSE)
    title = _("Pause this batch?")
    label = _("Pause the batch")

    def consequences(self) -> Sequence[str]:
        return [
            gettext("What waits is not sent until somebody lets it go on."),
            gettext("What is being submitted at this moment still goes; what has gone can't be called back."),
        ]

    def decide(self) -> Done:
        if not holds.pause_batch(self.row.pk, by=self.who):
            raise Refused("paused", gettext("It was paused before."))
        return Done(gettext("The batch is paused."), self.back())


class ResumeBatch(Decision):
    model = Batch
    permission_required = (VIEW, RESUME)
    title = _("Let this batch go on?")
    label = _("Go on sending")

    def consequences(self) -> Sequence[str]:
        return [gettext("What waits is sent from now on.")]

    def decide(self) -> Done:
        hold = hold_on(self.row)
        if hold is None or not holds.release(hold, by=self.who):
            raise Refused("not_paused", gettext("It is not paused."))
        return Done(gettext("The batch goes on."), self.back())


class CancelBatch(Decision):
    model = Batch
    permission_required = (VIEW, CANCEL)
    title = _("Cancel this batch?")
    label = _("Cancel what waits")
    dangerous = True

    def consequences(self) -> Sequence[str]:
        waiting = Progress.of(self.row).waiting
        return [
            ngettext(
                "%(count)d message waits and will never be sent. This can't be undone.",
                "%(count)d messages wait and will never be sent. This can't be undone.",
                waiting,
            )
            % {"count": waiting},
            gettext(
                "What has gone by then can't be called back; the batch's page says exactly how many and where."
            ),
        ]

    def decide(self) -> Done:
        cancellation = cancelling.cancel_batch(self.row.pk, self.row.application, by=self.who)
        return Done(account_of(cancellation), self.back())
