"""What staff found out about codes."""

from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from messaging.vendor.codes import MAX_CODE, Table


class CodeNote(models.Model):
    """What staff wrote beside a code of the dictionary, or of one that stands in no table; one note a code."""

    code_table = models.CharField(
        _("code table"), max_length=6, choices=[(table.value, table.value) for table in Table]
    )
    code = models.CharField(_("code"), max_length=MAX_CODE)
    note = models.TextField(_("note"), max_length=2000)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        editable=False,
        related_name="+",
        verbose_name=_("written by"),
    )
    written_at = models.DateTimeField(_("written at"), db_default=Now(), editable=False)

    class Meta:
        verbose_name = _("code note")
        verbose_name_plural = _("code notes")
        constraints = [models.UniqueConstraint(fields=["code_table", "code"], name="one_note_a_code")]

    def __str__(self) -> str:
        return f"{self.code_table} {self.code}"
