"""What a person must know is derived, told, told again and called off; `messaging.alarming` holds the facts."""

from collections.abc import Iterable
from datetime import timedelta

import structlog
from django.conf import settings
from django.db import DatabaseError
from django.db.models import F, Q, QuerySet
from django.db.models.functions import Now

from messaging import alarming
from messaging.leases import lease
from messaging.models import Alarm
from messaging.services.alarms.delivery import SECONDS_TO_TELL, deliver, somebody_listens
from messaging.services.alarms.forms import News
from messaging.services.alarms.months import ABOUT_MONTHS
from messaging.services.alarms.watchers import WATCHERS, Finding

log = structlog.get_logger(__name__)

SUBJECT_LENGTH = 120  # as `alarming` cuts it
MOST_TOLD = 10  # at a time; the next run tells the others
QUIET_SECONDS = 86_400
MOMENTARY = (
    "answer_named_other_numbers",
    "internal_error_sent",
    "key_guessing",
    "mid_used_twice",
    "month_kept_back",
    "page_cut_short",
    "report_for_other_number",
    "spooled_page_damaged",
)
LEASE_SECONDS = MOST_TOLD * SECONDS_TO_TELL + 60


def watch() -> None:
    """Derive what is wrong now, then tell it; a look that fails does not silence what is known already."""
    try:
        look()
        end_quiet()
    finally:
        tell_due()


def look() -> None:
    """Sound what the watchers find, and silence what they no longer find."""
    for name, watcher in (WATCHERS | ABOUT_MONTHS).items():
        try:
            _compare(name, watcher())
        except DatabaseError:
            log.exception("watcher_failed", alarm=name)


def end_quiet() -> None:
    """End what was sounded at a moment and did not happen again for a day: no watcher could say that it is over."""
    quiet = Alarm.objects.filter(
        name__in=MOMENTARY, ended_at__isnull=True, last_seen_at__lt=Now() - timedelta(seconds=QUIET_SECONDS)
    )
    for name, subject in quiet.values_list("name", "subject"):
        alarming.silence(name, subject)


def _compare(name: str, findings: Iterable[Finding]) -> None:
    found = {finding.subject[:SUBJECT_LENGTH]: finding for finding in findings}
    for subject, finding in found.items():
        alarming.sound(name, subject, detail=finding.detail, next_step=finding.next_step)
    gone = Alarm.objects.filter(name=name, ended_at__isnull=True).exclude(subject__in=found)
    for subject in gone.values_list("subject", flat=True):
        alarming.silence(name, subject)


def tell_due() -> int:
    """Tell what nobody was told yet, what is in force since the last telling, and what has ended; return how many.

    An alarm counts as told only after somebody took it, so one that could not be delivered is tried at the next run.
    No transaction is open meanwhile; a lease keeps others out.
    """
    if not somebody_listens():
        return 0
    with lease("alarms", seconds=LEASE_SECONDS) as ours:
        return sum(_tell(alarm) for alarm in _to_tell()) if ours else 0


def _to_tell() -> QuerySet[Alarm]:
    """Index: alarms_to_tell. The end of an alarm whose beginning nobody heard is no news."""
    repeat = Now() - timedelta(seconds=settings.ALERT_REPEAT_SECONDS)
    in_force = Q(ended_at__isnull=True) & (Q(told_at__isnull=True) | Q(told_at__lt=repeat))
    ended = Q(ended_at__isnull=False, told_at__isnull=False)
    due = Alarm.objects.filter(in_force | ended, end_told_at__isnull=True)
    return due.order_by(F("told_at").asc(nulls_first=True), "pk")[:MOST_TOLD]


def _tell(alarm: Alarm) -> bool:
    told = deliver(News.of(alarm))
    if told:
        field = "end_told_at" if alarm.ended_at else "told_at"
        Alarm.objects.filter(pk=alarm.pk).update(**{field: Now()})
    return told
