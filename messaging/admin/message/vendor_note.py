"""A note to the vendor about one message, ready to be copied: they find it by account, number, time and mid."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import override

from messaging import selectors
from messaging.admin.wording import explained, reason_label, sentences
from messaging.models import Attempt, DeliveryReport, Message
from messaging.states import State

VENDORS_ZONE = ZoneInfo("Asia/Shanghai")  # whatever zone our staff read
LANGUAGES = (("zh-hans", "中文"), ("en", "English"))


@dataclass(frozen=True)
class Note:
    """The same note in one language. `language` is its own name, `code` for the page's `lang`."""

    code: str
    language: str
    text: str
    rows: int


def vendor_notes(message: Message, shown_number: str) -> list[Note]:
    """Return the note in each language; none for a message that no call has carried."""
    calls = selectors.attempts_of(message)
    if not calls:
        return []
    report = selectors.reports_of(message).last()
    notes = []
    for code, language in LANGUAGES:
        with override(code):
            lines = list(_lines(message, shown_number, calls[-1], report))
        notes.append(Note(code, language, "\n".join(lines), rows=len(lines) + 2))
    return notes


def _lines(
    message: Message, shown_number: str, call: Attempt, report: DeliveryReport | None
) -> Iterator[str]:
    account = call.upstream_account
    yield _("Account: %(account)s, access number %(extno)s") % {
        "account": account.account,
        "extno": call.extno,
    }
    yield _("Number: %(number)s") % {"number": shown_number}
    yield _("Submitted: %(time)s (China time)") % {"time": _china_time(call.called_at or call.prepared_at)}
    yield _("mid: %(mid)s") % {"mid": message.mid or _("none was answered to us")}
    if call.reason:
        yield _("What happened to the call: %(reason)s") % {"reason": reason_label(call.reason)}
    if found := explained(message.code_table, message.code):
        yield _("Code: %(table)s %(code)s, %(meaning)s") % {
            "table": found.table,
            "code": found.code,
            "meaning": found.meaning,
        }
    if report:
        yield _("Report: %(stat)s, time in it %(time)s") % {"stat": report.stat, "time": report.time_text}
    yield sentences(_question(message.state))


def _china_time(moment: datetime) -> str:
    return date_format(localtime(moment, VENDORS_ZONE), "Y-m-d H:i:s")


def _question(state: str) -> str:
    """What only the vendor can answer, by state."""
    questions: dict[str, str] = {
        State.DELIVERED: _(
            "It is reported as delivered, but the recipient says that nothing came. Please check"
        ),
        State.UNDELIVERED: _("Please tell us why it was not delivered, and what we should change"),
        State.REJECTED: _("Please tell us why it was refused, and what we should change"),
        State.UNKNOWN: _("We got no usable answer. Please tell us whether you took it, and with which mid"),
    }
    questions[State.UNRESOLVED] = questions[State.UNKNOWN]
    return questions.get(state, _("We have no final report yet. Please tell us what became of it"))
