"""Inbound messages that found no owner, given one by staff."""

import uuid
from collections.abc import Collection

import structlog
from django.db import transaction

from accounts.models import Application, ExtnoLease, UpstreamAccount
from messaging.models import InboundMessage

log = structlog.get_logger(__name__)


def assign(inbound: Collection[uuid.UUID], application: Application, *, by: str) -> int:
    """Give those of these messages that are nobody's to an application; return how many there were.

    They appear in its feed as new: they get their position there from now on, behind what it has read. Raises
    ValueError where an upstream account belongs to the other environment.
    """
    ours = InboundMessage.objects.filter(pk__in=inbound, application__isnull=True)
    if ours.exclude(upstream_account__environment=application.environment).exists():
        raise ValueError("live and sandbox never meet")
    count = ours.update(application=application, position=None)
    log.info("inbound_assigned", application=application.pk, messages=count, by=by)
    return count


@transaction.atomic
def assign_extno(
    account: UpstreamAccount, access_code: str, application: Application, *, lease: bool, by: str
) -> int:
    """Give all that was written to an access number and is nobody's to an application; return how many there were.

    With `lease` the access number is leased to it too, unless somebody has it, so that later messages find it. Raises
    ValueError for the other environment. Index: inbound_of_application, whose entries without an owner are few.
    """
    if account.environment != application.environment:
        raise ValueError("live and sandbox never meet")
    if lease:
        ExtnoLease.objects.get_or_create(
            upstream_account=account, extno=access_code, defaults={"application": application}
        )
    nobodys = InboundMessage.objects.filter(
        application__isnull=True, upstream_account=account, access_code=access_code
    )
    return assign(list(nobodys.values_list("pk", flat=True)), application, by=by)
