"""Why something is not sent now, and who does a periodic job."""

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from accounts.models import Application, UpstreamAccount
from messaging.models.messages import Batch


class Hold(models.Model):
    """Messages under a hold stay `queued`. It names its cause, since when, and what ends it."""

    class Scope(models.TextChoices):
        EVERYTHING = "everything", _("everything")
        ACCOUNT = "account", _("upstream account")
        CARRIER = "carrier", _("carrier on an upstream account")
        SIGNATURE = "signature", _("signature on an upstream account")
        EXTNO = "extno", _("extno on an upstream account")
        APPLICATION = "application", _("application")
        BATCH = "batch", _("batch")

    class Cause(models.TextChoices):
        UNREACHABLE = "unreachable", _("the gateway can't be reached")
        REFUSED_LOGIN = "refused_login", _("the gateway refuses this account")
        NO_CREDIT = "no_credit", _("balance too low")
        WRONG_EXTNO = "wrong_extno", _("the gateway refuses this extno")
        BAD_SIGNATURE = "bad_signature", _("the gateway refuses this signature")
        INTERNAL_ERROR = "internal_error", _("the gateway answers internal error")
        TLS = "tls", _("the gateway's certificate is not valid")
        RESTORED = "restored", _("the database was restored from a backup")
        PERSON = "person", _("held by a person")

    scope = models.CharField(_("scope"), max_length=12, choices=Scope.choices)
    upstream_account = models.ForeignKey(
        UpstreamAccount,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="holds",
        verbose_name=_("upstream account"),
    )
    application = models.ForeignKey(
        Application,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="holds",
        verbose_name=_("application"),
    )
    batch = models.ForeignKey(
        Batch, models.CASCADE, null=True, blank=True, related_name="holds", verbose_name=_("batch")
    )
    value = models.CharField(
        _("value"), max_length=40, blank=True, help_text=_("The carrier, signature or extno it is about.")
    )
    cause = models.CharField(_("cause"), max_length=20, choices=Cause.choices)
    code_table = models.CharField(_("code table"), max_length=6, blank=True)
    code = models.CharField(_("code"), max_length=64, blank=True)
    detail = models.CharField(_("detail"), max_length=300, blank=True)
    balance = models.BigIntegerField(
        _("balance then"), null=True, blank=True, help_text=_("In 0.001 CNY, as the refusal's answer said.")
    )
    since = models.DateTimeField(_("since"), db_default=Now())
    probes = models.PositiveIntegerField(_("probes so far"), db_default=0)
    probed_at = models.DateTimeField(_("probed at"), db_default=Now())
    next_probe_at = models.DateTimeField(_("next probe at"), null=True, blank=True)
    trial_open = models.BooleanField(
        _("trial open"),
        default=False,
        db_default=False,
        help_text=_("One message may pass, to see whether the cause is gone."),
    )
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True)
    ended_by = models.CharField(_("ended by"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("hold")
        verbose_name_plural = _("holds")
        permissions = [
            ("release_hold", "Can release holds and resume what is paused"),
            ("pause_sending", "Can pause accounts, applications, batches and everything"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["scope", "upstream_account", "application", "batch", "value"],
                name="one_hold_in_force",
                nulls_distinct=False,
                condition=models.Q(ended_at__isnull=True),
            ),
        ]
        indexes = [
            models.Index(
                fields=["next_probe_at"], name="holds_to_probe", condition=models.Q(ended_at__isnull=True)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_scope_display()}: {self.get_cause_display()}"


class Alarm(models.Model):
    """Something a person must know: since when, why, and the next step. One row from beginning to end."""

    name = models.CharField(_("name"), max_length=40, help_text=_("A constant, such as no_reports."))
    subject = models.CharField(
        _("about"), max_length=120, blank=True, help_text=_("Whom it concerns: an account, say.")
    )
    detail = models.TextField(_("detail"))
    next_step = models.TextField(_("next step"))
    since = models.DateTimeField(_("since"), db_default=Now())
    last_seen_at = models.DateTimeField(_("last seen at"), db_default=Now())
    told_at = models.DateTimeField(_("told at"), null=True, blank=True)
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True)
    end_told_at = models.DateTimeField(_("end told at"), null=True, blank=True)

    class Meta:
        verbose_name = _("alarm")
        verbose_name_plural = _("alarms")
        constraints = [
            models.UniqueConstraint(
                fields=["name", "subject"],
                name="one_alarm_in_force",
                condition=models.Q(ended_at__isnull=True),
            ),
        ]
        indexes = [
            models.Index(
                fields=["ended_at"], name="alarms_to_tell", condition=models.Q(end_told_at__isnull=True)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.subject}"


class Heartbeat(models.Model):
    """When a part of the service was last seen at work."""

    CLOCK = "clock"  # beat rang, the broker carried it, and a worker heard it
    PUMP = "pump"  # the pump rang instead
    WATCH = "watch"  # the pump is there, and looks whether it is needed

    name = models.CharField(_("name"), primary_key=True, max_length=60)
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("heartbeat")
        verbose_name_plural = _("heartbeats")

    def __str__(self) -> str:
        return self.name

    @staticmethod
    def of_queue(queue: str) -> str:
        """Return the name under which a queue's workers are heard."""
        return f"queue {queue}"


class JobLease(models.Model):
    """One periodic job, one holder, until its lease ends. A row and not a lock: the job talks to the network."""

    name = models.CharField(_("name"), primary_key=True, max_length=60)
    holder = models.UUIDField(_("holder"))
    until = models.DateTimeField(_("until"))

    class Meta:
        verbose_name = _("job lease")
        verbose_name_plural = _("job leases")

    def __str__(self) -> str:
        return self.name
