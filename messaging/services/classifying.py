"""What staff find out about a code that stands in no table: what it means, and how it is treated from now on."""

import structlog
from django.contrib.auth.models import User
from django.db import transaction
from django.db.models.functions import Now

from accounts.models import UpstreamAccount
from messaging.classification import CHOICES
from messaging.models import CodeNote, CodeRule
from messaging.vendor.codes import Table, lookup

log = structlog.get_logger(__name__)


@transaction.atomic
def classify(
    table: Table,
    text: str,
    treat_as: CodeRule.Treat,
    *,
    meaning: str,
    account: UpstreamAccount | None,
    by: User,
) -> CodeRule:
    """Keep a code's meaning and its rule, for one account or for all; what is there already is replaced.

    Calls and reports from now on obey within `settings.REMEMBER_SECONDS`; messages keep the state they have, and only
    their code reads better. Raises ValueError for a code of the dictionary, a choice that its table does not have, or a
    STAT of one account.
    """
    code = lookup(table, text)
    if code.known or treat_as not in CHOICES[table] or (table is Table.STAT and account):
        raise ValueError("no such classification")
    if meaning:
        CodeNote.objects.update_or_create(
            code_table=table,
            code=code.code,
            defaults={"note": meaning, "author": by, "written_at": Now()},
        )
    rule, _is_new = CodeRule.objects.update_or_create(
        code_table=table,
        code=code.code,
        upstream_account=account,
        defaults={"treat_as": treat_as, "author": by, "decided_at": Now()},
    )
    log.info("code_classified", table=table, treat_as=treat_as, account=account and account.pk, by=by.pk)
    return rule
