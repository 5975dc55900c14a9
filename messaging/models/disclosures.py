"""Who was shown personal data, and why."""

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _


class Disclosure(models.Model):
    """One look at personal data for which staff gave a reason; a trigger refuses to change or delete it.

    It outlives what it is about, so it holds nobody's number: `narrowed` has them masked. An export has two rows: one
    before the first byte leaves, and one that names it, with the number of rows, when it ended.
    """

    class Kind(models.TextChoices):
        UNMASKED = "unmasked", _("unmasked")
        EXPORT = "export", _("export begun")
        EXPORTED = "exported", _("export complete")
        BROKEN_OFF = "broken_off", _("export broken off")

    class Subject(models.TextChoices):
        MESSAGE = "message", _("message")
        REPORT = "report", _("delivery report")
        INBOUND = "inbound", _("inbound message")

    at = models.DateTimeField(_("time"), db_default=Now(), editable=False)
    actor = models.CharField(_("by whom"), max_length=150)
    kind = models.CharField(_("what was done"), max_length=10, choices=Kind.choices)
    subject = models.CharField(_("of what"), max_length=7, choices=Subject.choices)
    row_id = models.UUIDField(_("id"), null=True)
    export = models.ForeignKey(
        "self", models.PROTECT, null=True, related_name="+", db_index=False, verbose_name=_("export")
    )
    reason = models.CharField(_("reason"), max_length=300)
    address = models.GenericIPAddressField(_("from address"), null=True)
    request_id = models.CharField(_("request id"), max_length=64, blank=True)
    narrowed = models.JSONField(_("narrowed by"), null=True)
    masked = models.BooleanField(_("masked"))
    rows = models.PositiveIntegerField(_("rows"), null=True)

    class Meta:
        verbose_name = _("disclosure")
        verbose_name_plural = _("disclosures")
        default_permissions = ("view",)
        indexes = [
            models.Index(
                fields=["row_id"], name="disclosures_of_row", condition=models.Q(row_id__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} · {self.actor}"
