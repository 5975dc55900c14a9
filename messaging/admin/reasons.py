"""Why somebody wants to see personal data, as it is asked for and kept."""

import structlog
from django import forms
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminTextInputWidget

from accounts.networks import PeerUnknown, peer_of
from messaging.services.disclosing import Asking

SHORTEST = 5  # "ok" and "test" are none; a sentence in Chinese is short


class DisclosureForm(forms.Form):
    """Why; the audit shows it."""

    reason = forms.CharField(
        label=_("reason"),
        min_length=SHORTEST,
        max_length=300,
        help_text=_(
            "Kept for ever with your name, for whoever audits. Name a ticket, but no person, number or text."
        ),
        widget=UnfoldAdminTextInputWidget,
    )


def asking(request: HttpRequest, reason: str) -> Asking:
    """Return who asks, with the address as trusted proxies tell it, and the id that the log knows the request by."""
    try:
        address = str(peer_of(request.META))
    except PeerUnknown:
        address = None
    request_id = structlog.contextvars.get_contextvars().get("request_id", "")
    return Asking(request.user.get_username(), reason, address, str(request_id))
