"""What is known of people besides Django's users."""

from binascii import unhexlify

from django.contrib.auth.models import User
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _
from django_otp.plugins.otp_totp.models import TOTPDevice

from accounts.encryption import decrypt


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


class Phone(TOTPDevice):  # type: ignore[misc]
    """A device whose `key` is encrypted at rest. Any use raises `WrongEncryptionKey` when no key of the ring fits."""

    class Meta:
        proxy = True
        default_permissions = ()
        verbose_name = _("phone")
        verbose_name_plural = _("phones")

    @property
    def bin_key(self) -> bytes:
        """The secret that the person's phone has too."""
        return unhexlify(decrypt(self.key))
