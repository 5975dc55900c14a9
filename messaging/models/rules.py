"""How a code that stands in no table is treated, as staff decided."""

from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from accounts.models import UpstreamAccount
from messaging.vendor.codes import MAX_CODE, Table


class CodeRule(models.Model):
    """One unknown code, of one upstream account or of all: calls and reports from now on obey, history does not change.

    What the code means is its `CodeNote`. A STAT is the carriers', so its rule is for all accounts.
    """

    class Treat(models.TextChoices):
        """Values are those of `messaging.vendor.codes.Effect`."""

        AMBIGUOUS = "ambiguous", _("nobody can say whether it was taken: unknown, never sent again by itself")
        REFUSED = "refused", _("refused: nothing was taken, the messages are rejected")
        ACCOUNT_TROUBLE = "account_trouble", _("the account's fault: nothing was taken, hold the account")
        THROTTLED = "throttled", _("too fast: nothing was taken, slow down and send again")
        FAILED = "failed", _("not delivered, for certain")
        FAILED_UNCERTAIN = "failed_uncertain", _("not delivered, but a late success counts")
        INTERMEDIATE = "intermediate", _("not final: wait for the next report")
        DELIVERED = "delivered", _("delivered")

    code_table = models.CharField(
        _("code table"), max_length=6, choices=[(table.value, table.value) for table in Table]
    )
    code = models.CharField(_("code"), max_length=MAX_CODE)
    upstream_account = models.ForeignKey(
        UpstreamAccount,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("upstream account"),
        help_text=_("Empty: all of them."),
    )
    treat_as = models.CharField(_("treat as"), max_length=16, choices=Treat.choices)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        editable=False,
        related_name="+",
        verbose_name=_("decided by"),
    )
    decided_at = models.DateTimeField(_("decided at"), db_default=Now(), editable=False)

    class Meta:
        verbose_name = _("rule for a code")
        verbose_name_plural = _("rules for codes")
        constraints = [
            models.UniqueConstraint(
                fields=["code_table", "code", "upstream_account"],
                name="one_rule_a_code",
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                condition=~models.Q(code_table=Table.STAT.value) | models.Q(upstream_account__isnull=True),
                name="stat_rules_for_all_accounts",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code_table} {self.code}"
