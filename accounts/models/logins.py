"""Who calls us in the vendor's protocol, as we call the vendor."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from accounts.models.applications import Application
from accounts.networks import validate_network
from accounts.reach import validate_reachable


class GatewayLogin(models.Model):
    """A login for programs written for the vendor's gateway, which call our `/sms`; it acts for an application."""

    class AuthMode(models.TextChoices):
        ANY = "", _("plain password or MD5 signature")
        PLAIN = "plain", _("plain password")
        MD5 = "md5", _("MD5 signature")

    class Protocol(models.TextChoices):
        HTTP = "http", "HTTP"
        CMPP = "cmpp", "CMPP"

    application = models.ForeignKey(
        Application, models.PROTECT, related_name="gateway_logins", verbose_name=_("application")
    )
    account = models.CharField(
        _("account"), max_length=80, unique=True, help_text=_("What its programs send as `account`.")
    )
    encrypted_password = models.TextField(_("password (encrypted)"), editable=False)
    auth_mode = models.CharField(
        _("password mode"), max_length=5, choices=AuthMode.choices, default=AuthMode.ANY, blank=True
    )
    extnos = ArrayField(
        models.CharField(max_length=30),
        verbose_name=_("extnos"),
        help_text=_(
            "Access numbers that its programs may name, separated by commas; another is answered with RESULT 10. One "
            "that no upstream account has stands for that account's own."
        ),
    )
    networks = ArrayField(
        models.CharField(max_length=50, validators=[validate_network]),
        verbose_name=_("allowed networks"),
        default=list,
        blank=True,
        help_text=_("Empty: from anywhere. From elsewhere the answer is STATUS 2."),
    )
    max_connections = models.PositiveIntegerField(
        _("calls at the same time"), default=20, help_text=_("More are answered with STATUS 21.")
    )
    is_active = models.BooleanField(
        _("active"), default=True, help_text=_("An inactive login is answered with STATUS 7.")
    )
    protocol = models.CharField(
        _("protocol"),
        max_length=4,
        choices=Protocol.choices,
        default=Protocol.HTTP,
        help_text=_("A login that is meant for another protocol is answered with STATUS 6."),
    )
    category = models.CharField(
        _("category"),
        max_length=12,
        default="notification",
        help_text=_("Of all it sends: otp, notification or marketing."),
    )
    signature_check = models.BooleanField(
        _("signature check"),
        default=False,
        help_text=_("A text without one of the signatures filed here is answered with RESULT 17."),
    )
    signatures = ArrayField(
        models.CharField(max_length=40),
        verbose_name=_("signatures"),
        default=list,
        blank=True,
        help_text=_("With their brackets, separated by commas: 【Acme】"),
    )
    push_url = models.CharField(
        _("push URL"),
        max_length=500,
        blank=True,
        validators=[validate_reachable],
        help_text=_("Where reports and replies are pushed. Empty: its programs fetch them."),
    )
    created_at = models.DateTimeField(_("created at"), db_default=Now(), editable=False)

    class Meta:
        verbose_name = _("gateway login")
        verbose_name_plural = _("gateway logins")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(max_connections__gte=1), name="login_connections_at_least_1"
            ),
        ]

    def __str__(self) -> str:
        return self.account
