"""The entries of an application's day as a file for a spreadsheet."""

from collections.abc import Iterator
from datetime import date
from itertools import islice

from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.ledger import entries_of_day
from accounts.models import Application, Posting
from messaging.spreadsheets import MARK, written

PAGE = 500


def lines(application: Application, day: date) -> Iterator[str]:
    """Yield CSV of what moved the balance on a day of the staff's zone, oldest first; amounts are in 厘."""
    heading = (
        _("posted at"),
        _("kind"),
        _("amount in 0.001 CNY"),
        _("parts"),
        _("subject"),
        _("reason"),
        _("by whom"),
    )
    yield MARK + written([heading])
    entries = entries_of_day(application, day)
    while page := list(islice(entries, PAGE)):
        yield written(map(_row, page))


def _row(posting: Posting) -> tuple[str, ...]:
    moment = timezone.localtime(posting.posted_at).strftime("%Y-%m-%d %H:%M:%S")
    parts = "" if posting.parts is None else str(posting.parts)
    kind = str(posting.get_kind_display())
    return (
        moment, kind, str(posting.amount), parts, str(posting.subject or ""), posting.reason, posting.posted_by
    )  # fmt: skip
