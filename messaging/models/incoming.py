"""What came from upstream: raw first, then item by item."""

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from accounts.models import Application, UpstreamAccount
from messaging.models.messages import new_id


class UpstreamPayload(models.Model):
    """The raw body of one pull or push, committed before anything in it is read.

    A pull is written as `started` before the call: `report` and `mo` consume, so a row that never became `received`
    is the evidence that a page may have been lost.
    """

    class Kind(models.TextChoices):
        REPORT = "report", _("reports, pulled")
        MO = "mo", _("inbound, pulled")
        PUSH = "push", _("pushed")

    class State(models.TextChoices):
        STARTED = "started", _("started")
        FAILED = "failed", _("nothing was fetched")
        MAYBE_LOST = "maybe_lost", _("a page may have been lost")
        RECEIVED = "received", _("received, not read yet")
        READ = "read", _("read")
        UNREADABLE = "unreadable", _("unreadable")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    upstream_account = models.ForeignKey(
        UpstreamAccount, models.PROTECT, related_name="+", db_index=False, verbose_name=_("upstream account")
    )
    kind = models.CharField(_("kind"), max_length=6, choices=Kind.choices)
    state = models.CharField(_("state"), max_length=10, choices=State.choices)
    started_at = models.DateTimeField(_("started at"), db_default=Now())
    received_at = models.DateTimeField(_("received at"), null=True)
    read_at = models.DateTimeField(_("read at"), null=True)
    content_type = models.CharField(_("content type"), max_length=200, blank=True)
    http_status = models.PositiveSmallIntegerField(_("HTTP status"), null=True)
    body = models.BinaryField(_("body"), null=True)
    truncated = models.BooleanField(_("cut short"), db_default=False)
    reports = models.PositiveIntegerField(_("reports"), db_default=0)
    inbound = models.PositiveIntegerField(_("inbound messages"), db_default=0)
    unreadable_items = models.PositiveIntegerField(_("unreadable items"), db_default=0)
    error = models.CharField(_("error"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("upstream payload")
        verbose_name_plural = _("upstream payloads")
        indexes = [
            models.Index(
                fields=["state", "started_at"],
                name="payloads_waiting",
                condition=models.Q(state__in=("started", "received")),
            ),
            models.Index(fields=["upstream_account", "-id"], name="payloads_of_account"),
            models.Index(
                fields=["-started_at"],
                name="payloads_in_trouble",
                condition=models.Q(state__in=("maybe_lost", "unreadable")) | models.Q(unreadable_items__gt=0),
            ),
        ]

    def __str__(self) -> str:
        return str(self.id)


class DeliveryReport(models.Model):
    """One item from `report` or push. Without a message it stands on the shelf until its `mid` turns up."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    upstream_account = models.ForeignKey(
        UpstreamAccount,
        models.DO_NOTHING,
        db_constraint=False,
        db_index=False,
        related_name="+",
        verbose_name=_("upstream account"),
    )
    payload_id = models.UUIDField(_("payload"))
    mid = models.CharField(_("mid"), max_length=255)
    mobile = models.CharField(_("number"), max_length=32)
    stat = models.CharField(_("STAT"), max_length=64)
    time_text = models.CharField(
        _("time as written"), max_length=64, help_text=_("China time, no zone on the wire.")
    )
    reported_at = models.DateTimeField(_("reported at"), null=True)
    received_at = models.DateTimeField(_("received at"), db_default=Now())
    access_code = models.CharField(_("access code"), max_length=64, blank=True)
    message_id = models.UUIDField(_("message"), null=True)
    inferred = models.BooleanField(
        _("inferred"),
        db_default=False,
        help_text=_("Its mid was never answered to us: matched by number and time."),
    )
    needs_review = models.BooleanField(
        _("needs review"),
        db_default=False,
        help_text=_("It could belong to several messages; nobody guessed."),
    )
    event_id = models.UUIDField(null=True)

    class Meta:
        verbose_name = _("delivery report")
        verbose_name_plural = _("delivery reports")
        indexes = [
            models.Index(
                fields=["message_id"], name="reports_of_message", condition=models.Q(message_id__isnull=False)
            ),
            models.Index(
                fields=["upstream_account", "received_at"],
                name="reports_on_the_shelf",
                condition=models.Q(message_id__isnull=True),
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["mid", "mobile", "stat", "time_text", "upstream_account"],
                name="report_once",
                nulls_distinct=False,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.mid} {self.stat}"


class ExtraMid(models.Model):
    """One more `mid` of a message: a long text may be split upstream and reported part by part (PROTOCOL 3.16)."""

    upstream_account = models.ForeignKey(
        UpstreamAccount,
        models.DO_NOTHING,
        db_constraint=False,
        db_index=False,
        related_name="+",
        verbose_name=_("upstream account"),
    )
    mid = models.CharField(_("mid"), max_length=255)
    mobile = models.CharField(_("number"), max_length=32)
    message_id = models.UUIDField(_("message"))

    class Meta:
        verbose_name = _("extra mid")
        verbose_name_plural = _("extra mids")
        constraints = [
            models.UniqueConstraint(fields=["mobile", "mid", "upstream_account"], name="extra_mid_once"),
        ]
        indexes = [models.Index(fields=["message_id"], name="extra_mids_of_message")]

    def __str__(self) -> str:
        return self.mid


class InboundMessage(models.Model):
    """One message from a handset (MO). Its `mid` is its own, never one of ours."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    upstream_account = models.ForeignKey(
        UpstreamAccount, models.PROTECT, related_name="+", db_index=False, verbose_name=_("upstream account")
    )
    payload_id = models.UUIDField(_("payload"))
    application = models.ForeignKey(
        Application,
        models.PROTECT,
        null=True,
        related_name="+",
        db_index=False,
        verbose_name=_("application"),
        help_text=_("Empty: nobody's yet; assign it."),
    )
    mid = models.CharField(_("mid"), max_length=255)
    mobile = models.CharField(_("from"), max_length=32)
    access_code = models.CharField(_("to"), max_length=64)
    content = models.TextField(_("text"))
    time_text = models.CharField(
        _("time as written"), max_length=64, help_text=_("China time, no zone on the wire.")
    )
    sent_at = models.DateTimeField(_("sent at"), null=True)
    received_at = models.DateTimeField(_("received at"), db_default=Now())
    in_reply_to = models.UUIDField(_("in reply to"), null=True)
    position = models.BigIntegerField(
        _("position"),
        null=True,
        help_text=_("Place in its application's feed, given after commit; a new application empties it."),
    )

    class Meta:
        verbose_name = _("inbound message")
        verbose_name_plural = _("inbound messages")
        indexes = [
            models.Index(fields=["application", "id"], name="inbound_of_application"),
            models.Index(fields=["mobile", "-id"], name="inbound_of_mobile"),
            models.Index(
                fields=["id"],
                name="inbound_to_number",
                condition=models.Q(position__isnull=True, application__isnull=False),
            ),
            models.Index(
                fields=["application", "position"],
                name="inbound_of_feed",
                condition=models.Q(position__isnull=False),
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["upstream_account", "mid", "mobile", "time_text"],
                name="inbound_once",
                nulls_distinct=False,
            ),
        ]

    def __str__(self) -> str:
        return str(self.id)
