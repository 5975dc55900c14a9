"""What clients of our own gateway were told, and how far."""

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from accounts.models import GatewayLogin
from messaging.models.messages import new_id


class LoginPlace(models.Model):
    """Where a login stands in its application's feeds: what it was given lies before.

    A trigger makes it with the login. A set of events that did not fit on a page is gone on with at its entry.
    """

    login = models.OneToOneField(
        GatewayLogin, models.CASCADE, primary_key=True, related_name="+", verbose_name=_("gateway login")
    )
    event_position = models.BigIntegerField(_("position among events"))
    event_entry = models.IntegerField(_("entry in the set"), db_default=0)
    inbound_position = models.BigIntegerField(_("position among replies"))

    class Meta:
        verbose_name = _("place of a login")
        verbose_name_plural = _("places of logins")

    def __str__(self) -> str:
        return f"{self.login_id}: {self.event_position}"


class GivenPage(models.Model):
    """Items that a login was given, committed before they left: `report` and `mo` consume (PROTOCOL 3.12).

    Kept for 72 hours, so that staff can have them given again.
    """

    class Kind(models.TextChoices):
        REPORT = "report", _("reports, fetched")
        MO = "mo", _("replies, fetched")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    login = models.ForeignKey(
        GatewayLogin, models.CASCADE, related_name="+", db_index=False, verbose_name=_("gateway login")
    )
    kind = models.CharField(_("kind"), max_length=6, choices=Kind.choices)
    items = models.PositiveIntegerField(_("items"))
    body = models.BinaryField(_("items (encrypted)"), editable=False)
    given_at = models.DateTimeField(_("given at"), db_default=Now())
    again_from = models.PositiveIntegerField(
        _("given again from item"), null=True, help_text=_("Empty: it is not to be given again.")
    )

    class Meta:
        verbose_name = _("page given to a login")
        verbose_name_plural = _("pages given to logins")
        permissions = [("give_again", "Can have pages given again")]
        indexes = [
            models.Index(fields=["login", "-id"], name="pages_of_login"),
            models.Index(
                fields=["login", "kind", "id"],
                name="pages_wanted_again",
                condition=models.Q(again_from__isnull=False),
            ),
            models.Index(fields=["given_at"], name="pages_by_age"),
        ]

    def __str__(self) -> str:
        return str(self.id)
