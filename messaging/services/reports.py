"""Delivery reports that came before, or without, their message."""

from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models.functions import Now

from accounts.models import UpstreamAccount
from messaging import alarming
from messaging.inference import infer, mids_of_other_numbers
from messaging.leases import lease
from messaging.matching import SHELF_SECONDS, match_shelf
from messaging.models import DeliveryReport

RECENT_SECONDS = 600  # for so long a report is looked at by every run, then once an hour until SHELF_SECONDS
HOUR = 3600
MARGIN_SECONDS = 10.0  # beyond a call's deadline, after which no answer can bring a report's mid any more
INFERENCE_SECONDS = (
    120  # at most one at a time decides for an account: two would each see half of the reports
)
MOST_COMPARED = 1000


def match_shelved() -> int:
    """Look again for the messages of reports that have just come; return how many messages moved."""
    moved = 0
    for account in UpstreamAccount.objects.all():
        moved += _match(account.pk, oldest=RECENT_SECONDS)
        _mention_other_numbers(account)
    return moved


def match_old() -> int:
    """Look again for the messages of all reports that are not orphans yet; return how many messages moved."""
    moved = 0
    for account in UpstreamAccount.objects.all():
        for begins in range(0, SHELF_SECONDS, HOUR):
            moved += _match(account.pk, oldest=begins + HOUR, newest=begins)
            moved += _infer(account.pk, oldest=begins + HOUR, newest=begins)
    return moved


def infer_recent() -> int:
    """Resolve unknown messages by reports that have just come; return how many messages moved."""
    accounts = UpstreamAccount.objects.values_list("pk", flat=True)
    return sum(_infer(account_id, oldest=RECENT_SECONDS) for account_id in accounts)


@transaction.atomic
def _match(account_id: int, *, oldest: float, newest: float = 0) -> int:
    return match_shelf(account_id, oldest=oldest, newest=newest)


def _infer(account_id: int, *, oldest: float, newest: float = 0) -> int:
    quiet = settings.UPSTREAM_DEADLINE_SECONDS + MARGIN_SECONDS
    with lease(f"infer {account_id}", seconds=INFERENCE_SECONDS) as ours:
        if not ours:
            return 0
        with transaction.atomic():
            return infer(
                account_id, oldest=oldest, newest=max(newest, quiet), quiet=quiet, shelf=SHELF_SECONDS
            )


def _mention_other_numbers(account: UpstreamAccount) -> None:
    """A report with the right mid and another number is not applied, and somebody must look.

    Index: reports_on_the_shelf.
    """
    shelf = DeliveryReport.objects.filter(
        upstream_account=account,
        message_id__isnull=True,
        received_at__gt=Now() - timedelta(seconds=RECENT_SECONDS),
        needs_review=False,
    )
    pairs = list(shelf.values_list("mid", "mobile")[:MOST_COMPARED])
    strange = mids_of_other_numbers(account.pk, pairs)
    if strange and shelf.filter(mid__in=strange).update(needs_review=True):
        alarming.sound(
            "report_for_other_number",
            account.name,
            detail=f"Reports with {len(strange)} mids of ours name another number. They are kept and not applied.",
            next_step="Look at the reports that need review, and ask the vendor why the numbers differ.",
        )
