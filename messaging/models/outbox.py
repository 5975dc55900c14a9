"""What goes out to addresses that others have filed, until it is taken."""

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from accounts.models import GatewayLogin
from messaging.models.messages import new_id


class Endpoint(models.Model):
    """Where deliveries go, and whether it answers: after `failures` in a row one delivery at a time tries."""

    login = models.OneToOneField(
        GatewayLogin, models.CASCADE, related_name="+", verbose_name=_("gateway login")
    )
    failures = models.PositiveIntegerField(_("failures in a row"), db_default=0)
    closed_until = models.DateTimeField(
        _("not called until"), null=True, help_text=_("After failures; then one delivery tries.")
    )
    leased_until = models.DateTimeField(null=True, editable=False)

    class Meta:
        verbose_name = _("endpoint")
        verbose_name_plural = _("endpoints")

    def __str__(self) -> str:
        return str(self.login)


class Delivery(models.Model):
    """A body on its way to an endpoint, committed together with what it takes out of the feed."""

    class State(models.TextChoices):
        DUE = "due", _("to be delivered")
        DONE = "done", _("taken")
        GIVEN_UP = "given_up", _("given up")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    endpoint = models.ForeignKey(
        Endpoint, models.CASCADE, related_name="deliveries", db_index=False, verbose_name=_("endpoint")
    )
    state = models.CharField(_("state"), max_length=8, choices=State.choices, db_default=State.DUE)
    content_type = models.CharField(_("content type"), max_length=80)
    body = models.BinaryField(_("body (encrypted)"), editable=False)
    items = models.PositiveIntegerField(_("items"))
    created_at = models.DateTimeField(_("created at"), db_default=Now())
    tries = models.PositiveIntegerField(_("tries"), db_default=0)
    next_at = models.DateTimeField(_("next try at"), db_default=Now())
    ended_at = models.DateTimeField(_("ended at"), null=True)

    class Meta:
        verbose_name = _("delivery")
        verbose_name_plural = _("deliveries")
        permissions = [("deliver_again", "Can have deliveries sent again")]
        indexes = [
            models.Index(fields=["endpoint", "id"], name="deliveries_due", condition=models.Q(state="due")),
            models.Index(fields=["endpoint", "-id"], name="deliveries_of_endpoint"),
            models.Index(fields=["ended_at"], name="deliveries_done", condition=models.Q(state="done")),
        ]

    def __str__(self) -> str:
        return str(self.id)


class DeliveryTry(models.Model):
    """One call of an endpoint, and what it answered."""

    delivery = models.ForeignKey(
        Delivery, models.CASCADE, related_name="attempts", verbose_name=_("delivery")
    )
    at = models.DateTimeField(_("at"), db_default=Now())
    elapsed_ms = models.PositiveIntegerField(_("milliseconds"), null=True)
    http_status = models.PositiveSmallIntegerField(_("HTTP status"), null=True)
    reason = models.CharField(_("why it was not taken"), max_length=40, blank=True)
    answer = models.CharField(_("beginning of the answer"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("try of a delivery")
        verbose_name_plural = _("tries of deliveries")

    def __str__(self) -> str:
        return f"{self.delivery_id} {self.http_status or self.reason}"
