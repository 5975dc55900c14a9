"""How far the texts of one-time passwords are masked."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import Application


class MaskedUpTo(models.Model):
    """Up to which position of its application's feed texts are masked; it moves on together with the masking."""

    application = models.OneToOneField(
        Application, models.CASCADE, primary_key=True, related_name="+", verbose_name=_("application")
    )
    position = models.BigIntegerField(_("position"))

    class Meta:
        verbose_name = _("masked up to")
        verbose_name_plural = _("masked up to")

    def __str__(self) -> str:
        return f"{self.application_id}: {self.position}"
