"""Money and time as staff read them."""

from datetime import datetime
from decimal import Decimal

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.models import UpstreamAccount

MINUTE, HOUR, DAY = 60, 3600, 86_400


def in_yuan(balance: int) -> str:
    """Return 厘 (0.001 CNY) as yuan: -153278040 → `-153,278.040`."""
    return f"{Decimal(balance) / 1000:,.3f}"


def balance_of(account: UpstreamAccount) -> str:
    """Return an account's balance in words; on a postpaid account a negative one is what is owed, not a fault."""
    if account.balance is None:
        return _("never read")
    amount = _("%(amount)s CNY") % {"amount": in_yuan(account.balance)}
    if account.balance < 0 and account.charge_type == UpstreamAccount.ChargeType.POSTCHARGE:
        return _("%(amount)s (postpaid: used on credit)") % {"amount": amount}
    return amount


def age_of(moment: datetime) -> float:
    """Return seconds since then."""
    return (timezone.now() - moment).total_seconds()


def ago(moment: datetime | None) -> str:
    if moment is None:
        return _("never")
    return _("%(span)s ago") % {"span": span(age_of(moment))}


def span(seconds: float) -> str:
    """Return a length of time in one or two units: `6 s`, `3 min 20 s`, `2 h 5 min`, `3 d 4 h`."""
    whole = max(0, int(seconds))
    if whole < MINUTE:
        return _("%(s)d s") % {"s": whole}
    if whole < HOUR:
        return _("%(min)d min %(s)d s") % {"min": whole // MINUTE, "s": whole % MINUTE}
    if whole < DAY:
        return _("%(h)d h %(min)d min") % {"h": whole // HOUR, "min": whole % HOUR // MINUTE}
    return _("%(d)d d %(h)d h") % {"d": whole // DAY, "h": whole % DAY // HOUR}


def clock(moment: datetime) -> str:
    """Return a time in the staff's zone: the hour when it is today's, else with the date."""
    local = timezone.localtime(moment)
    today = local.date() == timezone.localdate()
    return date_format(local, "H:i:s" if today else "Y-m-d H:i:s")
