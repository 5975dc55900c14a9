"""Through whom we send, on what credit."""

import secrets

from django.core.validators import RegexValidator
from django.db import models
from django.db.models.functions import Now
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _

from accounts.models.applications import Application, Environment


def new_push_token() -> str:
    return secrets.token_urlsafe(24)


class UpstreamAccount(models.Model):
    """One login at the vendor: where, who, how to sign, how much at once."""

    class AuthMode(models.TextChoices):
        PLAIN = "plain", _("plain password")
        MD5 = "md5", _("MD5 signature")

    class ChargeType(models.TextChoices):
        POSTCHARGE = "POSTCHARGE", _("postpaid")
        PRECHARGE = "PRECHARGE", _("prepaid")

    name = models.CharField(_("name"), max_length=80, unique=True)
    environment = models.CharField(
        _("environment"), max_length=7, choices=Environment.choices, default=Environment.LIVE
    )
    is_active = models.BooleanField(_("active"), default=True)
    base_url = models.CharField(
        _("base URL"),
        max_length=300,
        # Not Django's URL field: it refuses the one-word host names of a private network.
        validators=[
            RegexValidator(r"^https?://[^\s/?#@]+(/[^\s?#]*)?$", _("Give a whole URL: http://host:7862/sms"))
        ],
        help_text=_("The whole URL, e.g. http://host:7862/sms"),
    )
    account = models.CharField(_("account"), max_length=80, help_text=_("The login name at the vendor."))
    encrypted_password = models.TextField(_("password (encrypted)"), editable=False)
    extno = models.CharField(
        _("extno"), max_length=30, help_text=_("Access number used unless the caller names one.")
    )
    auth_mode = models.CharField(
        _("password mode"), max_length=5, choices=AuthMode.choices, default=AuthMode.PLAIN
    )
    md5_fields = models.CharField(
        _("order of signed fields"), max_length=60, default="password+extno+content+mobile"
    )
    md5_upper = models.BooleanField(_("upper-case signature"), default=False)
    max_numbers = models.PositiveIntegerField(
        _("numbers per call"),
        default=200,
        help_text=_("The vendor's ceiling is 500; 200 or fewer are advised."),
    )
    max_connections = models.PositiveIntegerField(_("calls at the same time"), default=5)
    throttled_to = models.PositiveIntegerField(
        _("calls at the same time, after STATUS 21"),
        null=True,
        blank=True,
        editable=False,
        help_text=_("Shrinks when the gateway says too many connections, grows back by one a minute."),
    )
    throttled_at = models.DateTimeField(_("throttled at"), null=True, blank=True, editable=False)
    internal_error_is_unknown = models.BooleanField(
        _("STATUS 5 and 100 may have sent"),
        default=False,
        help_text=_(
            "On: such a call is unknown. Off: it is taken for a refusal, split and tried again, marked."
        ),
    )
    signature_check = models.BooleanField(
        _("signature check"),
        default=False,
        help_text=_(
            "The vendor refuses texts without a filed signature; so do we, before they are accepted."
        ),
    )
    price_per_part = models.PositiveIntegerField(
        _("price of a part"),
        null=True,
        blank=True,
        help_text=_("In 0.001 CNY, for what a request would cost. Empty: the cost is not told."),
    )
    push_token = models.CharField(
        _("push token"), max_length=64, unique=True, default=new_push_token, editable=False
    )
    balance = models.BigIntegerField(_("balance in 0.001 CNY"), null=True, blank=True, editable=False)
    charge_type = models.CharField(
        _("charge type"), max_length=10, choices=ChargeType.choices, blank=True, editable=False
    )
    balance_read_at = models.DateTimeField(_("balance read at"), null=True, blank=True, editable=False)
    created_at = models.DateTimeField(_("created at"), db_default=Now(), editable=False)
    changed_at = models.DateTimeField(_("changed at"), auto_now=True, editable=False)

    class Meta:
        verbose_name = _("upstream account")
        verbose_name_plural = _("upstream accounts")
        constraints = [
            models.UniqueConstraint(fields=["id", "environment"], name="upstream_account_environment"),
            models.CheckConstraint(
                condition=models.Q(environment__in=Environment.values), name="upstream_environment_known"
            ),
            models.CheckConstraint(
                condition=models.Q(max_numbers__gte=1, max_numbers__lte=500),
                name="upstream_max_numbers_1_to_500",
            ),
            models.CheckConstraint(
                condition=models.Q(max_connections__gte=1), name="upstream_connections_at_least_1"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def push_path(self) -> str:
        """The path to file with the vendor for push (section 6 of its document)."""
        return f"/upstream/push/{self.push_token}/"


class Signature(models.Model):
    """A signature such as 【Acme】 that the vendor has filed for an account."""

    upstream_account = models.ForeignKey(
        UpstreamAccount, models.CASCADE, related_name="signatures", verbose_name=_("upstream account")
    )
    text = models.CharField(_("signature"), max_length=40, help_text=_("With its brackets: 【Acme】"))

    class Meta:
        verbose_name = _("signature")
        verbose_name_plural = _("signatures")
        constraints = [models.UniqueConstraint(fields=["upstream_account", "text"], name="signature_once")]

    def __str__(self) -> str:
        return self.text


class Route(models.Model):
    """Which application (or any) and category (or any) uses which upstream account; the lowest rank goes first.

    Live and sandbox never meet: composite foreign keys on (id, environment) of both sides, made by a migration.
    """

    application = models.ForeignKey(
        Application,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="routes",
        verbose_name=_("application"),
        help_text=_("Empty: any application of this environment."),
    )
    category = models.CharField(_("category"), max_length=12, blank=True, help_text=_("Empty: any category."))
    upstream_account = models.ForeignKey(
        UpstreamAccount, models.CASCADE, related_name="routes", verbose_name=_("upstream account")
    )
    environment = models.CharField(
        _("environment"), max_length=7, choices=Environment.choices, editable=False
    )
    rank = models.PositiveIntegerField(
        _("rank"), default=100, help_text=_("The lowest rank that can send, sends.")
    )

    class Meta:
        verbose_name = _("route")
        verbose_name_plural = _("routes")
        ordering = ["rank", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["application", "category", "upstream_account"],
                nulls_distinct=False,
                name="route_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.application or '*'} · {self.category or '*'} → {self.upstream_account}"


class ExtnoLease(models.Model):
    """An access number, or a longer one under it, that belongs to one application, sending and replies."""

    upstream_account = models.ForeignKey(
        UpstreamAccount, models.CASCADE, related_name="extno_leases", verbose_name=_("upstream account")
    )
    extno = models.CharField(_("extno"), max_length=30)
    application = models.ForeignKey(
        Application, models.CASCADE, related_name="extno_leases", verbose_name=_("application")
    )

    class Meta:
        verbose_name = _("extno lease")
        verbose_name_plural = _("extno leases")
        constraints = [
            models.UniqueConstraint(fields=["upstream_account", "extno"], name="extno_leased_once")
        ]

    def __str__(self) -> str:
        return f"{self.extno} → {self.application}"


class BalanceReading(models.Model):
    """What `balance` answered, over time. In 厘 (0.001 CNY); negative on postpaid accounts (document, section 3.3)."""

    upstream_account = models.ForeignKey(
        UpstreamAccount, models.CASCADE, related_name="balance_readings", verbose_name=_("upstream account")
    )
    balance = models.BigIntegerField(_("balance in 0.001 CNY"))
    charge_type = models.CharField(_("charge type"), max_length=10, blank=True)
    read_at = models.DateTimeField(_("read at"), db_default=Now())

    class Meta:
        verbose_name = _("balance reading")
        verbose_name_plural = _("balance readings")
        indexes = [models.Index(fields=["upstream_account", "-read_at"], name="balance_history")]

    def __str__(self) -> str:
        return f"{self.upstream_account} {localtime(self.read_at):%Y-%m-%d %H:%M:%S}"
