"""Delivery reports that came before, or without, their message."""

from django.db import transaction

from messaging.matching import match_shelf
from messaging.models import DeliveryReport


def match_shelved() -> int:
    """Look again for the messages of shelved reports; return how many messages moved."""
    accounts = DeliveryReport.objects.filter(message_id__isnull=True).values_list(
        "upstream_account_id", flat=True
    )
    moved = 0
    for account_id in accounts.distinct():
        with transaction.atomic():
            moved += len(match_shelf(account_id))
    return moved
