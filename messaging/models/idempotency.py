"""What was answered to requests that must not be done twice."""

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from accounts.models import Application


class IdempotencyKey(models.Model):
    """The first answer to a request that bore an `Idempotency-Key`, committed together with what it stored."""

    application = models.ForeignKey(
        Application, models.PROTECT, related_name="+", db_index=False, verbose_name=_("application")
    )
    operation = models.CharField(_("operation"), max_length=20)
    key = models.CharField(_("key"), max_length=255)
    fingerprint = models.BinaryField(_("fingerprint"), help_text=_("SHA-256 of path and body."))
    subject_id = models.UUIDField(_("what was stored"))
    answer = models.BinaryField(_("answer"), help_text=_("Encrypted: it holds a number and a text."))
    created_at = models.DateTimeField(_("created at"), db_default=Now())

    class Meta:
        verbose_name = _("idempotency key")
        verbose_name_plural = _("idempotency keys")
        constraints = [
            models.UniqueConstraint(fields=["application", "operation", "key"], name="one_answer_a_key")
        ]
        indexes = [models.Index(fields=["created_at"], name="idempotency_keys_by_age")]

    def __str__(self) -> str:
        return f"{self.operation} {self.key}"
