"""Who changed what, and what it was before."""

from django.db import models
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _


class ConfigurationChange(models.Model):
    """One change of one row of the configuration, written by a trigger of the row's table (`accounts.changes`).

    `before` and `after` hold the row's columns without secrets; null before it was made, and after it was deleted.
    """

    class Kind(models.TextChoices):
        MADE = "insert", _("made")
        CHANGED = "update", _("changed")
        DELETED = "delete", _("deleted")

    at = models.DateTimeField(_("time"), editable=False)
    actor = models.CharField(
        _("by whom"),
        max_length=200,
        help_text=_(
            "A login of staff; command, if it was one of manage.py; or the process that did it by itself."
        ),
    )
    kind = models.CharField(_("what was done"), max_length=6, choices=Kind.choices)
    table_name = models.CharField(_("table"), max_length=63)
    row_id = models.BigIntegerField(_("row"))
    before = models.JSONField(_("before"), null=True)
    after = models.JSONField(_("after"), null=True)

    class Meta:
        verbose_name = _("change of the configuration")
        verbose_name_plural = _("changes of the configuration")
        indexes = [models.Index(fields=["table_name", "row_id"], name="changes_of_a_row")]

    def __str__(self) -> str:
        return f"{localtime(self.at):%Y-%m-%d %H:%M:%S} · {self.get_kind_display()}"
