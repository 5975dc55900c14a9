"""What was counted of events, by the hour, so that nobody need count messages. `messaging.counting` writes all of it.

Hours are UTC's and are told by their beginning.
"""

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import Application, UpstreamAccount
from messaging.states import Category


class HourlyCount(models.Model):
    """How many messages came to a status within an hour. A message counts in each hour in which it changed."""

    ACCEPTED = "accepted"  # a status of counts alone; the others are those of messages

    hour = models.DateTimeField(_("hour"))
    application = models.ForeignKey(
        Application, models.CASCADE, db_index=False, related_name="+", verbose_name=_("application")
    )
    category = models.CharField(_("category"), max_length=12, choices=Category.choices)
    upstream_account = models.ForeignKey(
        UpstreamAccount,
        models.CASCADE,
        null=True,
        db_index=False,
        related_name="+",
        verbose_name=_("upstream account"),
        help_text=_("Empty: no account had taken them."),
    )
    status = models.CharField(_("status"), max_length=11)
    wait = models.PositiveSmallIntegerField(
        _("class of time to delivery"),
        null=True,
        help_text=_("Of delivered ones: a place in `messaging.counting.WAITS`."),
    )
    count = models.BigIntegerField(_("messages"))

    class Meta:
        verbose_name = _("hourly count")
        verbose_name_plural = _("hourly counts")
        constraints = [
            models.UniqueConstraint(
                fields=["hour", "application", "category", "upstream_account", "status", "wait"],
                name="hourly_count_once",
                nulls_distinct=False,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.hour:%Y-%m-%d %H} {self.status} × {self.count}"


class HourOfSubmission(models.Model):
    """How many messages an account took within an hour, and how many of these have left `submitted` since.

    A message that is delivered after all counts twice among those that left, so the difference is at times a little too
    small.
    """

    hour = models.DateTimeField(_("hour"))
    upstream_account = models.ForeignKey(
        UpstreamAccount,
        models.CASCADE,
        db_index=False,
        related_name="+",
        verbose_name=_("upstream account"),
    )
    submitted = models.BigIntegerField(_("submitted"))
    settled = models.BigIntegerField(_("reported or given up"))

    class Meta:
        verbose_name = _("hour of submission")
        verbose_name_plural = _("hours of submission")
        constraints = [
            models.UniqueConstraint(fields=["upstream_account", "hour"], name="hour_of_submission_once")
        ]

    def __str__(self) -> str:
        return f"{self.hour:%Y-%m-%d %H} {self.submitted} − {self.settled}"


class CodeCount(models.Model):
    """How many messages were told a code within an hour."""

    hour = models.DateTimeField(_("hour"))
    code_table = models.CharField(_("code table"), max_length=6)
    code = models.CharField(_("code"), max_length=64)
    count = models.BigIntegerField(_("messages"))

    class Meta:
        verbose_name = _("count of a code")
        verbose_name_plural = _("counts of codes")
        constraints = [models.UniqueConstraint(fields=["hour", "code_table", "code"], name="code_count_once")]

    def __str__(self) -> str:
        return f"{self.hour:%Y-%m-%d %H} {self.code_table} {self.code} × {self.count}"


class CountedUpTo(models.Model):
    """Up to which position of its application's feed events are counted; it moves on together with the counts."""

    application = models.OneToOneField(
        Application, models.CASCADE, primary_key=True, related_name="+", verbose_name=_("application")
    )
    position = models.BigIntegerField(_("position"))

    class Meta:
        verbose_name = _("counted up to")
        verbose_name_plural = _("counted up to")

    def __str__(self) -> str:
        return f"{self.application_id}: {self.position}"
