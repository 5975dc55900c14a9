"""How far what was never sent is paid back."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import Application


class RefundedUpTo(models.Model):
    """Up to which position of its application's feed refunds are posted; it moves on together with them."""

    application = models.OneToOneField(
        Application, models.CASCADE, primary_key=True, related_name="+", verbose_name=_("application")
    )
    position = models.BigIntegerField(_("position"))

    class Meta:
        verbose_name = _("refunded up to")
        verbose_name_plural = _("refunded up to")

    def __str__(self) -> str:
        return f"{self.application_id}: {self.position}"
