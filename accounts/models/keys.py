"""What a caller shows us, and what it opens."""

from datetime import datetime

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from accounts.models.applications import Application
from accounts.networks import validate_network


class Scope(models.TextChoices):
    """What a key may do. The dictionary and the balances ask for a valid key only."""

    MESSAGES_SEND = "messages:send", _("send messages, and resend them")
    MESSAGES_READ = "messages:read", _("read messages and batches")
    MESSAGES_CANCEL = "messages:cancel", _("cancel messages")
    BATCHES_CANCEL = "batches:cancel", _("cancel batches")
    INBOUND_READ = "inbound:read", _("read replies")
    EVENTS_READ = "events:read", _("read the feed of events")
    BALANCE_READ = "balance:read", _("read balances")


class ApiKeys(models.QuerySet["ApiKey"]):
    def live(self) -> "ApiKeys":
        """Those neither revoked nor expired, by the database's clock."""
        unexpired = models.Q(expires_at__isnull=True) | models.Q(expires_at__gt=Now())
        return self.filter(unexpired, revoked_at__isnull=True)


class ApiKey(models.Model):
    """A bearer key. Only its SHA-256 is kept: the key has 256 random bits, so a slow hash would add nothing."""

    application = models.ForeignKey(
        Application, models.CASCADE, related_name="api_keys", verbose_name=_("application")
    )
    prefix = models.CharField(
        _("prefix"), max_length=16, unique=True, help_text=_("The part that may be shown.")
    )
    digest = models.CharField(_("digest"), max_length=64, editable=False)
    label = models.CharField(_("label"), max_length=80, blank=True)
    scopes = ArrayField(
        models.CharField(max_length=20, choices=Scope.choices),
        verbose_name=_("scopes"),
        default=list,
        blank=True,
        help_text=_("Empty: everything."),
    )
    networks = ArrayField(
        models.CharField(max_length=50, validators=[validate_network]),
        verbose_name=_("allowed networks"),
        default=list,
        blank=True,
        help_text=_("Empty: from anywhere."),
    )
    created_at = models.DateTimeField(_("created at"), db_default=Now(), editable=False)
    expires_at = models.DateTimeField(_("expires at"), null=True, blank=True)
    revoked_at = models.DateTimeField(_("revoked at"), null=True, blank=True)
    last_used_at = models.DateTimeField(_("last used at"), null=True, blank=True, editable=False)

    objects = ApiKeys.as_manager()

    class Meta:
        verbose_name = _("API key")
        verbose_name_plural = _("API keys")

    def __str__(self) -> str:
        return f"{self.prefix}…"

    def may(self, scope: Scope) -> bool:
        return not self.scopes or scope in self.scopes

    def is_live(self, at: datetime) -> bool:
        """Return whether it is neither revoked nor expired at that time."""
        return self.revoked_at is None and (self.expires_at is None or self.expires_at > at)
