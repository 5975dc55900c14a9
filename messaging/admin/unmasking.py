"""One number and text, shown once, to staff who otherwise see them masked, for a reason that is kept."""

from collections.abc import Sequence
from typing import Any, ClassVar

from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from messaging import selectors
from messaging.admin.decisions import Button
from messaging.admin.privacy import may_see
from messaging.admin.questions import Question
from messaging.admin.reasons import DisclosureForm, asking
from messaging.models import Disclosure, InboundMessage, Message
from messaging.services import disclosing

UNMASK = "messaging.unmask_message"


def unmasking_button(request: HttpRequest, name: str, row: Model) -> list[Button]:
    """Return the way to a row's whole number and text, for whoever sees them masked and may ask."""
    if may_see(request) or not request.user.has_perm(UNMASK):
        return []
    return [Button(gettext("Show number and text …"), reverse(f"admin:{name}", args=[row.pk]), "visibility")]


class _Unmask(Question):
    """POST shows them on a page that, as every one of the admin, no cache keeps; who wants to look again asks again."""

    form_class = DisclosureForm
    title = _("Show number and text?")
    label = _("Show them")
    subject: ClassVar[Disclosure.Subject]

    def consequences(self) -> Sequence[str]:
        return [
            gettext("You see the whole number and the whole text of this one message, this once."),
            gettext("That you did, when, from which address and why is recorded, and can't be deleted."),
        ]

    def post(self, request: HttpRequest, *_args: Any, **_kwargs: Any) -> HttpResponse:
        context = self.get_context_data()
        if self.form.is_valid():
            disclosing.record_unmasking(asking(request, self.said["reason"]), self.subject, self.row.pk)
            context["shown"] = [(_("number"), self.row.mobile), (_("text"), self.text())]
        return self.render_to_response(context)

    def get_template_names(self) -> list[str]:
        shows = self.request.method == "POST" and self.form.is_valid()
        return ["messaging/unmasked.html" if shows else self.template_name]

    def text(self) -> str:
        return str(self.row.content)


class UnmaskMessage(_Unmask):
    model = Message
    subject = Disclosure.Subject.MESSAGE
    permission_required = ("messaging.view_message", UNMASK)

    @cached_property
    def row(self) -> Message:
        messages: QuerySet[Message] = selectors.with_status(Message.objects.all())
        return get_object_or_404(messages, pk=self.kwargs["pk"])

    def text(self) -> str:
        """A batch holds the text that its messages share."""
        return str(self.row.text)  # type: ignore[attr-defined]


class UnmaskInbound(_Unmask):
    model = InboundMessage
    subject = Disclosure.Subject.INBOUND
    permission_required = ("messaging.view_inboundmessage", UNMASK)
