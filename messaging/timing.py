"""When a request may be sent: the rules of `send_at` and `expires_at`, for whoever asks."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.translation import gettext as _

from messaging.exceptions import Problem

SCHEDULE_DAYS = 30
LATE_MINUTES = 5


def time_problems(send_at: datetime | None, expires_at: datetime | None) -> Iterator[Problem]:
    """Yield what is wrong with the times of a request as of now. Both are aware; None: at once, and never."""
    now = timezone.now()
    if send_at and send_at > now + timedelta(days=SCHEDULE_DAYS):
        yield Problem("/send_at", "send_at_too_far", _("At most 30 days ahead."))
    if send_at and send_at < now - timedelta(minutes=LATE_MINUTES):
        detail = _("This time is over. Leave it out to send now.")
        yield Problem("/send_at", "send_at_in_the_past", detail)
    if expires_at and expires_at <= max(now, send_at or now):
        detail = _("It would expire before it is sent.")
        yield Problem("/expires_at", "expires_before_sending", detail)
