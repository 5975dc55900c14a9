"""What an application has used of its quotas."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models.applications import Application


class QuotaUse(models.Model):
    """Messages accepted on the last day and in the last month of use, with what processes have reserved.

    One row, so that one statement takes both quotas together. Days and months are those of STAFF_TIME_ZONE.
    """

    application = models.OneToOneField(
        Application, models.CASCADE, primary_key=True, related_name="quota_use", verbose_name=_("application")
    )
    day = models.DateField(_("day"))
    used_today = models.PositiveBigIntegerField(_("used on that day"), default=0)
    month = models.DateField(_("month"), help_text=_("Its first day."))
    used_this_month = models.PositiveBigIntegerField(_("used in that month"), default=0)

    class Meta:
        verbose_name = _("use of quotas")
        verbose_name_plural = _("use of quotas")

    def __str__(self) -> str:
        return f"{self.application}: {self.used_today} · {self.used_this_month}"
