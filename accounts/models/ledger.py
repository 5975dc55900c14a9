"""What applications owe, in 厘 (0.001 CNY), by double entry."""

from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models.functions import Now
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _

from accounts.models.applications import Application


class Purse(models.Model):
    """What an application has, and on what terms. Without one it is not charged.

    The balance is the sum of its postings: a trigger on them is all that moves it. What it may not fall below is
    therefore the database's to keep.
    """

    class ChargeType(models.TextChoices):
        POSTCHARGE = "POSTCHARGE", _("postpaid")
        PRECHARGE = "PRECHARGE", _("prepaid")

    application = models.OneToOneField(
        Application, models.PROTECT, related_name="purse", verbose_name=_("application")
    )
    charge_type = models.CharField(
        _("charge type"), max_length=10, choices=ChargeType.choices, default=ChargeType.POSTCHARGE
    )
    credit_line = models.PositiveBigIntegerField(
        _("credit line in 0.001 CNY"),
        null=True,
        blank=True,
        help_text=_("How far a postpaid balance may fall below zero. Empty: without limit."),
    )
    price_per_part = models.PositiveIntegerField(
        _("price of a part"), help_text=_("In 0.001 CNY. What was accepted before keeps its price.")
    )
    balance = models.BigIntegerField(_("balance in 0.001 CNY"), db_default=0, editable=False)
    created_at = models.DateTimeField(_("created at"), db_default=Now(), editable=False)

    class Meta:
        verbose_name = _("purse")
        verbose_name_plural = _("purses")
        permissions = [("top_up_purse", "Can top up purses"), ("correct_purse", "Can correct purses")]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(charge_type="POSTCHARGE") | models.Q(balance__gte=0),
                name="prepaid_never_below_zero",
            ),
            models.CheckConstraint(
                condition=models.Q(credit_line__isnull=True)
                | models.Q(charge_type="PRECHARGE")
                | models.Q(balance__gte=-models.F("credit_line")),
                name="postpaid_within_credit_line",
            ),
        ]

    def __str__(self) -> str:
        return str(self.application)


class Posting(models.Model):
    """One side of an entry. The sides of an entry add up to nothing, and none is ever changed: triggers see to it."""

    class Side(models.TextChoices):
        PURSE = "purse", _("purse")
        SALES = "sales", _("sales")
        CASH = "cash", _("cash")
        CORRECTIONS = "corrections", _("corrections")

    class Kind(models.TextChoices):
        CHARGE = "charge", _("charge")
        REFUND = "refund", _("refund")
        TOP_UP = "top_up", _("top-up")
        CORRECTION = "correction", _("correction")

    entry = models.UUIDField(_("entry"))
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices)
    side = models.CharField(_("side"), max_length=11, choices=Side.choices)
    application = models.ForeignKey(
        Application, models.PROTECT, related_name="+", db_index=False, verbose_name=_("application")
    )
    amount = models.BigIntegerField(_("amount in 0.001 CNY"))
    parts = models.PositiveIntegerField(_("parts"), null=True)
    subject = models.UUIDField(
        _("subject"), null=True, help_text=_("What was charged, or the event by which it came back.")
    )
    reason = models.CharField(_("reason"), max_length=200, blank=True)
    posted_by = models.CharField(_("by whom"), max_length=150, blank=True)
    posted_at = models.DateTimeField(_("posted at"), db_default=Now())

    class Meta:
        verbose_name = _("posting")
        verbose_name_plural = _("postings")
        indexes = [
            models.Index(fields=["application", "-id"], name="postings_of_application"),
            BrinIndex(fields=["posted_at"], name="postings_of_day", pages_per_range=32, autosummarize=True),
            models.Index(
                fields=["-id"], name="postings_by_hand", condition=models.Q(kind__in=("top_up", "correction"))
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["subject", "side", "kind", "application"],
                name="posted_once",
                condition=models.Q(subject__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{localtime(self.posted_at):%Y-%m-%d %H:%M:%S} · {self.get_kind_display()}"


class DayClosing(models.Model):
    """What became of an application's balance on a day of the staff's zone; written when the day is over, once."""

    application = models.ForeignKey(
        Application, models.PROTECT, related_name="+", db_index=False, verbose_name=_("application")
    )
    day = models.DateField(_("day"))
    opening = models.BigIntegerField(_("opening balance"))
    charges = models.BigIntegerField(_("charges"))
    refunds = models.BigIntegerField(_("refunds"))
    top_ups = models.BigIntegerField(_("top-ups"))
    corrections = models.BigIntegerField(_("corrections"))
    closing = models.BigIntegerField(_("closing balance"))
    parts = models.BigIntegerField(_("parts"), help_text=_("Charged, less those that came back."))

    class Meta:
        verbose_name = _("daily closing")
        verbose_name_plural = _("daily closings")
        constraints = [
            models.UniqueConstraint(fields=["application", "day"], name="day_closed_once"),
            models.CheckConstraint(
                condition=models.Q(
                    closing=models.F("opening")
                    + models.F("charges")
                    + models.F("refunds")
                    + models.F("top_ups")
                    + models.F("corrections")
                ),
                name="closing_adds_up",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.application} {self.day}"
