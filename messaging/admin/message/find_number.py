"""The clerk on the phone: everything sent to a number and received from it, each with a sentence to read out."""

import re
import unicodedata
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.http import urlencode
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.generic import TemplateView
from unfold.views import UnfoldModelAdminViewMixin

from accounts.admin.units import clock
from messaging import selectors
from messaging.admin.links import page_of
from messaging.admin.message.firstline import first_line
from messaging.admin.privacy import may_see, shown_number, shown_text
from messaging.admin.searching import as_uuid
from messaging.admin.wording import COLOURS, one_after_another, status_label
from messaging.conversation import conversation, number_of
from messaging.digits import Candidate, numbers_ending_in
from messaging.holding import Restraints
from messaging.ids import moment_of
from messaging.models import InboundMessage, Message
from messaging.numbers import normalise

LAST_DIGITS = re.compile(r"[0-9]{4,10}", re.ASCII)
SHOWN_DIGITS = re.compile(
    r"[0-9]{4}", re.ASCII
)  # those that a masked number shows: more would unmask it by trying


@dataclass(frozen=True)
class Said:
    """One message to the number or from it, as it is read out."""

    at: datetime
    received: bool
    label: str
    colour: str
    sentence: str
    text: str
    application: str
    url: str


@dataclass(frozen=True)
class Choice:
    """One of several numbers that end so."""

    number: str
    messages: int
    last: datetime | None
    url: str


def digits_of(written: str) -> str:
    """Return the digits of a number in whatever form: full-width, with dashes, dots, blanks, brackets, +86 in front."""
    return re.sub(r"[^0-9]", "", unicodedata.normalize("NFKC", written))


class FindNumber(UnfoldModelAdminViewMixin, TemplateView):  # type: ignore[misc]
    """`q` is a number or its last digits, `day` the day of the latter; `of` is a message whose number is meant."""

    title = _("Find a number")
    permission_required = ("messaging.view_message",)
    template_name = "messaging/find_number.html"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        self.choices: list[Choice] = []
        self.looked_since: datetime | None = None
        self.complaint = ""
        mobile = self._mobile()
        if mobile is None and len(self.choices) == 1 and not self.looked_since:
            return redirect(self.choices[0].url)
        kwargs |= self._conversation(mobile) if mobile else {}
        return super().get(request, *args, **kwargs)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        kwargs.pop("model_admin", None)  # the theme passes it by the URL and again by its mixin
        context: dict[str, Any] = super().get_context_data(
            **kwargs,
            query=self._query(),
            day=self._day(),
            complaint=self.complaint,
            choices=self.choices,
            looked_since=self.looked_since,
            further=self._further(),
        )
        return context

    def _query(self) -> str:
        return self.request.GET.get("q", "").strip()[:40]

    def _day(self) -> date:
        try:
            return parse_date(self.request.GET.get("day", "")) or timezone.localdate()
        except ValueError:
            return timezone.localdate()

    def _mobile(self) -> str | None:
        """Return the number that is meant, or find those it could be, or say why not."""
        if of := as_uuid(self.request.GET.get("of", "")):
            return number_of(of)
        digits = digits_of(self._query())
        if mobile := normalise(digits):
            return mobile
        permitted = LAST_DIGITS if may_see(self.request) else SHOWN_DIGITS
        if permitted.fullmatch(digits):
            self._choose(digits)
        elif self._query():
            self.complaint = self._complaint()
        return None

    def _complaint(self) -> str:
        if may_see(self.request):
            return gettext("This is no whole mainland number, and not its last 4 to 10 digits.")
        return gettext("This is no whole mainland number, and not exactly its last 4 digits.")

    def _choose(self, digits: str) -> None:
        found = numbers_ending_in(digits, self._day(), until=self._until())
        self.choices = [self._choice(candidate) for candidate in found.found]
        self.looked_since = found.since

    def _until(self) -> datetime | None:
        try:
            until = parse_datetime(self.request.GET.get("until", ""))
        except ValueError:
            return None
        return until if until and timezone.is_aware(until) else None

    def _choice(self, candidate: Candidate) -> Choice:
        return Choice(
            number=shown_number(self.request, candidate.mobile),
            messages=candidate.messages,
            last=moment_of(candidate.newest),
            url=_address(of=candidate.newest),
        )

    def _further(self) -> str:
        """Return where to look at the rest of the day."""
        if not self.looked_since:
            return ""
        return _address(q=self._query(), day=self._day(), until=self.looked_since.isoformat())

    def _as_permitted(self, said: Said) -> Said:
        return replace(said, text=shown_text(self.request, said.text))

    def _conversation(self, mobile: str) -> dict[str, Any]:
        before = as_uuid(self.request.GET.get("before", ""))
        page = conversation(mobile, before=before)
        restraints = Restraints.in_force()
        return {
            "mobile": shown_number(self.request, mobile),
            "said": [self._as_permitted(_said(item, restraints)) for item in page.items],
            "older": _address(of=page.older, before=page.older) if page.older else "",
            "newest": _address(of=before) if before else "",
        }


def everything_with(item: Message | InboundMessage) -> str:
    """Return the page of the number it went to or came from; the address does not tell the number."""
    return _address(of=item.pk)


def _address(**query: Any) -> str:
    return f"{reverse('admin:find_number')}?{urlencode(query)}"


def _said(item: Message | InboundMessage, restraints: Restraints) -> Said:
    return _received(item) if isinstance(item, InboundMessage) else _sent(item, restraints)


def _sent(message: Message, restraints: Restraints) -> Said:
    status: str = message.status  # type: ignore[attr-defined]
    return Said(
        at=message.created_at,
        received=False,
        label=status_label(status),
        colour=COLOURS.get(status, ""),
        sentence=first_line(message, status, selectors.held_because(message, restraints)),
        text=message.text,  # type: ignore[attr-defined]
        application=str(message.application),
        url=page_of(Message, message.pk),
    )


def _received(inbound: InboundMessage) -> Said:
    wrote = gettext("The recipient wrote to us at %(time)s.") % {
        "time": clock(inbound.sent_at or inbound.received_at)
    }
    nobodys = "" if inbound.application else gettext("It belongs to no application yet.")
    return Said(
        at=inbound.received_at,
        received=True,
        label=gettext("Received"),
        colour="primary",
        sentence=one_after_another(wrote, nobodys),
        text=inbound.content,
        application=str(inbound.application or "-"),
        url=page_of(InboundMessage, inbound.pk),
    )
