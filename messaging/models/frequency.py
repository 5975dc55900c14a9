"""When a number was last sent something."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import Application
from messaging.states import Category


class RecentSend(models.Model):
    """The moments at which an application sent something of a category to a number, as far back as a limit looks."""

    pk = models.CompositePrimaryKey("application_id", "category", "mobile")
    application = models.ForeignKey(
        Application, models.CASCADE, related_name="+", db_index=False, verbose_name=_("application")
    )
    category = models.CharField(_("category"), max_length=12, choices=Category.choices)
    mobile = models.CharField(_("number"), max_length=11)
    times = ArrayField(models.DateTimeField(), verbose_name=_("times"))

    class Meta:
        verbose_name = _("recent send")
        verbose_name_plural = _("recent sends")

    def __str__(self) -> str:
        return f"{self.category} × {len(self.times)}"
