"""What each upstream account has left, how long it lasts, and which reports it owes."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext

from accounts.admin.units import age_of, ago, balance_of, in_yuan, span
from accounts.models import UpstreamAccount
from accounts.readings import Spending, curves, spending
from messaging import counting, selectors
from messaging.admin.links import page_of
from messaging.counting import Awaiting

STALE_READINGS = 5  # so many polls without a reading make a balance stale
WINDOW, STEP = timedelta(hours=24), timedelta(minutes=30)
WIDTH, HEIGHT = 480, 80  # of a curve, in its own units

NOTHING_SPENT = Spending(0, 0.0)
NOTHING_OWED = Awaiting(0, None, None)


@dataclass(frozen=True)
class Curve:
    """The readings of a day as a line; `points` is an attribute of SVG's polyline."""

    points: str
    least: str
    most: str


@dataclass(frozen=True)
class Credit:
    """One account as the first page shows it."""

    account: UpstreamAccount
    url: str
    balance: str
    age: str
    charge_type: str
    warning: str
    spent: str
    lasts: str
    curve: Curve | None
    last_report: str
    awaiting: str
    oldest: str


def credits_since(day: datetime) -> list[Credit]:
    """Return the active accounts; `day` is when today began."""
    accounts = list(selectors.active_accounts())
    keys = [account.pk for account in accounts]
    spent, owed = spending(keys, day), counting.awaiting_reports()
    lines = curves(keys, timezone.now() - WINDOW, STEP)
    return [
        _credit(
            account,
            spent.get(account.pk, NOTHING_SPENT),
            owed.get(account.pk, NOTHING_OWED),
            lines.get(account.pk, []),
        )
        for account in accounts
    ]


def _credit(
    account: UpstreamAccount, spent: Spending, owed: Awaiting, line: list[tuple[datetime, int]]
) -> Credit:
    return Credit(
        account=account,
        url=page_of(UpstreamAccount, account.pk),
        balance=balance_of(account),
        age=ago(account.balance_read_at),
        charge_type=account.get_charge_type_display() or "-",
        warning=_warning(account),
        spent=gettext("%(amount)s CNY") % {"amount": in_yuan(spent.spent)},
        lasts=_lasts(account, spent),
        curve=_curve(line),
        last_report=ago(owed.last_report_at),
        awaiting=f"{owed.messages:,}",
        oldest=_oldest(owed.oldest),
    )


def _oldest(hour: datetime | None) -> str:
    if hour is None:
        return ""
    return gettext("the oldest since %(time)s or later") % {
        "time": f"{timezone.localtime(hour):%Y-%m-%d %H:%M}"
    }


def _warning(account: UpstreamAccount) -> str:
    if account.balance is None or account.balance_read_at is None:
        return gettext("not read yet")
    if age_of(account.balance_read_at) > STALE_READINGS * settings.BALANCE_POLL_SECONDS:
        return gettext("old reading")
    if account.balance <= 0 and account.charge_type == UpstreamAccount.ChargeType.PRECHARGE:
        return gettext("nothing left")
    return ""


def _lasts(account: UpstreamAccount, spent: Spending) -> str:
    if account.charge_type == UpstreamAccount.ChargeType.POSTCHARGE:
        return gettext("Postpaid: it does not run dry.")
    hours = spent.hours_left(account.balance or 0)
    if hours is None:
        return gettext("Too little was spent today to tell when it runs dry.")
    moment = timezone.now() + timedelta(hours=min(hours, 24 * 3650))
    return gettext("At today's rate it runs dry in %(span)s, on %(time)s.") % {
        "span": span(hours * 3600),
        "time": f"{timezone.localtime(moment):%Y-%m-%d %H:%M}",
    }


def _curve(line: list[tuple[datetime, int]]) -> Curve | None:
    if len(line) < 2:
        return None
    least, most = min(balance for _at, balance in line), max(balance for _at, balance in line)
    since, seconds = line[0][0], (line[-1][0] - line[0][0]).total_seconds()

    def point(at: datetime, balance: int) -> str:
        x = round((at - since).total_seconds() / seconds * WIDTH)
        y = round((most - balance) / (most - least) * HEIGHT) if most > least else HEIGHT // 2
        return f"{x},{y}"

    return Curve(" ".join(point(at, balance) for at, balance in line), in_yuan(least), in_yuan(most))
