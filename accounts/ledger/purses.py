"""Who pays, and what a part costs them."""

from django.conf import settings

from accounts.models import Application, Purse


def purse_of(application: Application) -> Purse | None:
    """Return an application's purse, as old as the application; None where it is not charged."""
    try:
        return application.purse
    except Purse.DoesNotExist:
        return None


def purse_now(application: Application) -> Purse | None:
    """Return an application's purse as it is at this moment; None where it is not charged."""
    return Purse.objects.filter(application=application).first()


def price_for(application: Application) -> int | None:
    """Return the price of a part, in 厘; None where the application is not charged."""
    purse = purse_of(application)
    return purse.price_per_part if purse else None


def open_purse(
    application: Application, *, charge_type: str | None = None, price_per_part: int | None = None
) -> Purse:
    """Return the application's purse, changed to what is given; without one it gets one.

    A new purse is postpaid, without a credit line, at PRICE_PER_PART, unless it is given otherwise. Raises
    `ValidationError`, also where a negative balance would become a prepaid one.
    """
    purse = purse_now(application) or Purse(application=application, price_per_part=settings.PRICE_PER_PART)
    purse.charge_type = charge_type or purse.charge_type
    purse.price_per_part = purse.price_per_part if price_per_part is None else price_per_part
    purse.full_clean()
    purse.save(update_fields=["charge_type", "price_per_part"] if purse.pk else None)
    return purse


def balance_of(application: Application) -> int:
    """Return what an application has at this moment, in 厘; 0 without a purse."""
    return Purse.objects.filter(application=application).values_list("balance", flat=True).first() or 0


def parts_left(application: Application, price: int) -> int | None:
    """Return how many parts the purse would pay for at this moment; None: any number."""
    purse = Purse.objects.get(application=application)
    floor = 0 if purse.charge_type == Purse.ChargeType.PRECHARGE else purse.credit_line
    if floor is None or not price:
        return None
    return max(0, purse.balance + floor) // price
