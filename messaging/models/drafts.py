"""What staff are about to send."""

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from accounts.models import Application
from messaging.models.messages import new_id
from messaging.states import Category


class Draft(models.Model):
    """A request made in the admin, between the form and the button that sends it. Never changed but by sending it.

    `form` names the form it came from: whatever is sent from one form is sent once. `body` is emptied when it was sent.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    form = models.UUIDField(_("form"))
    application = models.ForeignKey(
        Application, models.PROTECT, related_name="+", verbose_name=_("application")
    )
    category = models.CharField(_("category"), max_length=12, choices=Category.choices)
    extno = models.CharField(_("extno"), max_length=30, null=True)
    send_at = models.DateTimeField(_("send at"), null=True)
    expires_at = models.DateTimeField(_("expires at"), null=True)
    body = models.BinaryField(
        _("numbers and texts"), null=True, help_text=_("Encrypted: it holds numbers and texts.")
    )
    fingerprint = models.BinaryField(_("fingerprint"), help_text=_("SHA-256 of all that would be sent."))
    made_by = models.CharField(_("made by"), max_length=150)
    created_at = models.DateTimeField(_("created at"), db_default=Now())
    sent_at = models.DateTimeField(_("sent at"), null=True)

    class Meta:
        verbose_name = _("draft")
        verbose_name_plural = _("drafts")
        indexes = [models.Index(fields=["created_at"], name="drafts_by_age")]

    def __str__(self) -> str:
        return str(self.id)
