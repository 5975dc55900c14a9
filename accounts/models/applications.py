"""Who calls us."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from accounts.networks import validate_network


class Environment(models.TextChoices):
    LIVE = "live", _("live")
    SANDBOX = "sandbox", _("sandbox")


class Application(models.Model):
    """An internal caller. Its environment never changes: a database rule ties it to routes of that environment."""

    name = models.CharField(_("name"), max_length=80, unique=True)
    environment = models.CharField(
        _("environment"), max_length=7, choices=Environment.choices, default=Environment.LIVE
    )
    is_active = models.BooleanField(
        _("active"),
        default=True,
        help_text=_("An inactive application's keys are refused; what it sent goes on."),
    )
    resend_unknown_after_seconds = models.PositiveIntegerField(
        _("resend unknown after (seconds)"),
        null=True,
        blank=True,
        help_text=_(
            "Empty: a message whose outcome is unknown is never sent again by itself. A number: it is sent again as a "
            "new, linked message after so many seconds; the recipient may get it twice."
        ),
    )
    requires_idempotency_key = models.BooleanField(
        _("requires an Idempotency-Key"),
        default=False,
        help_text=_("Refuse requests that send something without one."),
    )
    limits_frequency = models.BooleanField(
        _("limits messages per number"),
        default=False,
        help_text=_("Refuse what one number gets too often, by category, as FREQUENCY_LIMITS says."),
    )
    same_content_seconds = models.PositiveIntegerField(
        _("warn of the same text within (seconds)"),
        null=True,
        blank=True,
        help_text=_(
            "Empty: no warning. The answer names the message that brought the same text to the same number."
        ),
    )
    networks = ArrayField(
        models.CharField(max_length=50, validators=[validate_network]),
        verbose_name=_("allowed networks"),
        default=list,
        blank=True,
        help_text=_(
            "Networks that its keys are accepted from, separated by commas: 10.1.0.0/16, 2001:db8::/32. Empty: from "
            "anywhere. A key may be bound to fewer."
        ),
    )
    rate_per_second = models.FloatField(
        _("requests per second"),
        null=True,
        blank=True,
        help_text=_("Empty: no limit. More are refused (429 rate_limited); a batch is one request."),
    )
    rate_burst = models.PositiveIntegerField(
        _("requests at once"),
        null=True,
        blank=True,
        help_text=_("How many may come at once after a pause. Empty: as many as in a second."),
    )
    daily_quota = models.PositiveBigIntegerField(
        _("messages per day"),
        null=True,
        blank=True,
        help_text=_(
            "Empty: no limit. More are refused (429 quota_exceeded), a batch as a whole. A day is one of "
            "STAFF_TIME_ZONE; what was sent before there was a quota is not counted."
        ),
    )
    monthly_quota = models.PositiveBigIntegerField(
        _("messages per month"),
        null=True,
        blank=True,
        help_text=_(
            "Empty: no limit. Holds beside that per day, and refuses in the same way. A month begins on its first day, "
            "in STAFF_TIME_ZONE."
        ),
    )
    created_at = models.DateTimeField(_("created at"), db_default=Now(), editable=False)

    class Meta:
        verbose_name = _("application")
        verbose_name_plural = _("applications")
        constraints = [
            models.UniqueConstraint(fields=["id", "environment"], name="application_environment"),
            models.CheckConstraint(
                condition=models.Q(environment__in=Environment.values), name="application_environment_known"
            ),
            models.CheckConstraint(
                condition=models.Q(rate_per_second__gte=0.001, rate_per_second__lte=100_000),
                name="application_rate_in_range",
                violation_error_message=_("A rate lies between 0.001 and 100,000 requests per second."),
            ),
            models.CheckConstraint(
                condition=models.Q(rate_burst__gte=1), name="application_burst_at_least_1"
            ),
        ]

    def __str__(self) -> str:
        return self.name
