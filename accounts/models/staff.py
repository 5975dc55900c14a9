"""What is known of people besides Django's users."""

from django.contrib.auth.models import User
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _


class OneTimePassword(models.Model):
    """A password that somebody else has seen. As long as it is the user's, the admin asks for another."""

    user = models.OneToOneField(
        User, models.CASCADE, primary_key=True, related_name="one_time_password", verbose_name=_("user")
    )
    encoded = models.CharField(
        max_length=128, help_text="Its hash: once the user has another, this says nothing."
    )
    issued_at = models.DateTimeField(_("issued at"), db_default=Now())

    class Meta:
        verbose_name = _("temporary password")
        verbose_name_plural = _("temporary passwords")

    def __str__(self) -> str:
        return str(self.user)
