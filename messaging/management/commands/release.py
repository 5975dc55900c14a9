from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db.models import QuerySet

from accounts.models import UpstreamAccount
from messaging import holding
from messaging.models import Hold
from messaging.services import holds


class Command(BaseCommand):
    help = "End holds, so that what they kept is sent. `manage.py doctor` lists them."

    def add_arguments(self, parser: ArgumentParser) -> None:
        which = parser.add_mutually_exclusive_group(required=True)
        which.add_argument("--all", action="store_true", help="every hold in force")
        which.add_argument("--hold", type=int, metavar="ID", help="this one")
        which.add_argument("--account", metavar="NAME", help="those of this upstream account")

    def handle(self, *args: Any, **options: Any) -> None:
        chosen = self._chosen(options["hold"], options["account"])
        ended = [hold for hold in chosen if holds.release(hold, by="manage.py release")]
        for hold in ended:
            self.stdout.write(f"{hold.pk}  {hold}  since {hold.since:%Y-%m-%d %H:%M:%S %Z}")
        self.stdout.write(f"{len(ended)} hold{'' if len(ended) == 1 else 's'} ended")

    def _chosen(self, hold_id: int | None, account: str | None) -> QuerySet[Hold]:
        in_force = holding.in_force().order_by("pk")
        if hold_id is not None:
            in_force = in_force.filter(pk=hold_id)
            if not in_force.exists():
                raise CommandError(f"There is no hold {hold_id} in force.")
        if account is not None:
            if not UpstreamAccount.objects.filter(name=account).exists():
                raise CommandError(f"There is no upstream account {account!r}.")
            in_force = in_force.filter(upstream_account__name=account)
        return in_force
