"""The first page: can we still send, what is stuck, and how is today going?"""

from dataclasses import dataclass
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.admin.units import ago, span
from messaging import selectors
from messaging.admin import alarm_words
from messaging.admin.holds import what_ends, what_it_holds, why
from messaging.admin.links import list_of, page_of
from messaging.admin.overview.credit import credits_since
from messaging.admin.overview.today import day_of, today
from messaging.admin.signs import signs
from messaging.holding import in_force
from messaging.models import Alarm, Hold, Message
from messaging.selectors import Backlog
from messaging.states import Category, State

admin.site.index_title = _("Overview")
admin.site.index_template = "messaging/dashboard.html"


@dataclass(frozen=True)
class Sounding:
    """One alarm in force."""

    alarm: Alarm
    detail: str
    next_step: str
    url: str
    age: str


@dataclass(frozen=True)
class Held:
    """One hold in force."""

    hold: Hold
    url: str
    object: str
    why: str
    age: str
    ends: str


@dataclass(frozen=True)
class Lane:
    """What waits in one lane."""

    label: str
    messages: int
    oldest: str
    url: str


def dashboard(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """Add what this member of staff may see; each part by its own permission."""
    can = request.user.has_perm
    if can("messaging.view_alarm"):
        context["alarms"] = [_sounding(alarm) for alarm in _alarms()]
    if can("accounts.view_upstreamaccount"):
        context["credits"] = credits_since(day_of(timezone.now()).since)
    if can("messaging.view_hold"):
        context["holds"] = [_held(hold) for hold in _holds()]
    if can("messaging.view_message"):
        context["today"] = today()
        context["lanes"] = [_lane(backlog) for backlog in selectors.backlog()]
    context["signs"] = signs()
    return context


def _alarms() -> QuerySet[Alarm]:
    return Alarm.objects.filter(ended_at__isnull=True).order_by("-pk")


def _sounding(alarm: Alarm) -> Sounding:
    return Sounding(
        alarm=alarm,
        detail=alarm_words.detail(alarm),
        next_step=alarm_words.next_step(alarm),
        url=page_of(Alarm, alarm.pk),
        age=ago(alarm.since),
    )


def _holds() -> QuerySet[Hold]:
    return in_force().select_related("upstream_account", "application", "batch").order_by("-pk")


def _held(hold: Hold) -> Held:
    return Held(
        hold=hold,
        url=page_of(Hold, hold.pk),
        object=what_it_holds(hold),
        why=why(hold),
        age=ago(hold.since),
        ends=what_ends(hold),
    )


def _lane(backlog: Backlog) -> Lane:
    return Lane(
        label=str(Category(backlog.category).label),
        messages=backlog.messages,
        oldest=span(backlog.oldest_seconds) if backlog.messages else "-",
        url=list_of(Message, status=State.QUEUED, category__exact=backlog.category),
    )
