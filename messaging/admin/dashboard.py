"""The first page: can we still send, and what is stuck?"""

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.admin.units import age_of, ago, balance_of, span
from accounts.models import UpstreamAccount
from messaging import selectors
from messaging.admin.holds import what_ends, what_it_holds, why
from messaging.admin.links import list_of, page_of
from messaging.holding import in_force
from messaging.models import Alarm, Hold, Message
from messaging.selectors import Backlog
from messaging.states import Category, State

admin.site.index_title = _("Overview")
admin.site.index_template = "messaging/dashboard.html"

STALE_READINGS = 5  # so many polls without a reading make a balance stale


@dataclass(frozen=True)
class Sounding:
    """One alarm in force."""

    alarm: Alarm
    url: str
    age: str


@dataclass(frozen=True)
class Credit:
    """One account's balance as the first page shows it."""

    account: UpstreamAccount
    url: str
    balance: str
    age: str
    charge_type: str
    colour: str
    warning: str


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
        context["credits"] = [_credit(account) for account in selectors.active_accounts()]
    if can("messaging.view_hold"):
        context["holds"] = [_held(hold) for hold in _holds()]
    if can("messaging.view_message"):
        context["lanes"] = [_lane(backlog) for backlog in selectors.backlog()]
    return context


def _alarms() -> QuerySet[Alarm]:
    return Alarm.objects.filter(ended_at__isnull=True).order_by("-pk")


def _sounding(alarm: Alarm) -> Sounding:
    return Sounding(alarm=alarm, url=page_of(Alarm, alarm.pk), age=ago(alarm.since))


def _credit(account: UpstreamAccount) -> Credit:
    warning = _warning(account)
    return Credit(
        account=account,
        url=page_of(UpstreamAccount, account.pk),
        balance=balance_of(account),
        age=ago(account.balance_read_at),
        charge_type=account.get_charge_type_display() or "-",
        colour="warning" if warning else "success",
        warning=warning,
    )


def _warning(account: UpstreamAccount) -> str:
    if account.balance is None or account.balance_read_at is None:
        return gettext("not read yet")
    if age_of(account.balance_read_at) > STALE_READINGS * settings.BALANCE_POLL_SECONDS:
        return gettext("old reading")
    if account.balance <= 0 and account.charge_type == UpstreamAccount.ChargeType.PRECHARGE:
        return gettext("nothing left")
    return ""


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
