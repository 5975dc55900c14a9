"""What staff decided about codes that stand in no table; asked only when such a code comes."""

from dataclasses import replace

import structlog
from django.db import DatabaseError
from django.db.models import F, Q

from accounts.remembered import Remembered
from messaging.models import CodeRule
from messaging.vendor.codes import Code, Effect, Table

log = structlog.get_logger(__name__)

Treat = CodeRule.Treat

# What may be decided about a code of a table. A RESULT other than 0 never was an acceptance.
CHOICES: dict[Table, tuple[CodeRule.Treat, ...]] = {
    Table.STATUS: (Treat.AMBIGUOUS, Treat.REFUSED, Treat.ACCOUNT_TROUBLE, Treat.THROTTLED),
    Table.RESULT: (Treat.REFUSED, Treat.AMBIGUOUS),
    Table.STAT: (Treat.FAILED_UNCERTAIN, Treat.FAILED, Treat.INTERMEDIATE, Treat.DELIVERED),
}


def classified(code: Code, account_id: int | None = None) -> Code:
    """Return a code with the effect that staff gave it for this account, else for all; a known code as it is.

    Of a database that is away as it is too: the answer that brought the code must still be recorded, and an unknown
    code is treated with the most care.
    """
    if code.known:
        return code
    try:
        effect = _effects.get((code.table, code.code, account_id))
    except DatabaseError:
        log.warning("code_rules_unread", table=code.table, exc_info=True)
        return code
    return replace(code, effect=effect) if effect else code


def _read_effect(key: tuple[Table, str, int | None]) -> Effect | None:
    """Index: one_rule_a_code."""
    table, code, account_id = key
    rules = CodeRule.objects.filter(
        Q(upstream_account=account_id) | Q(upstream_account__isnull=True), code_table=table, code=code
    )
    own_first = rules.order_by(F("upstream_account").asc(nulls_last=True))
    found = own_first.values_list("treat_as", flat=True).first()
    return Effect(found) if found else None


_effects = Remembered(_read_effect)
