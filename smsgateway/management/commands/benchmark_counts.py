import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.models import Application, UpstreamAccount
from accounts.services import create_api_key
from messaging import tasks
from smsgateway.benchmark.counting import count_statements
from smsgateway.local.errors import LocalError


class Silence:
    """A bell that wakes nobody: whoever counts does the work."""

    clock = "clock"

    def ring(self, task: str, *args: str | int, queue: str | None = None) -> None:
        """Leave it unheard."""


class Command(BaseCommand):
    help = "For `benchmark`: count SQL statements, on servers of its own where no worker runs. Prints JSON."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name", help="of the application and of its upstream account")

    def handle(self, *args: Any, **options: Any) -> None:
        tasks.use_bell(Silence())
        _, key = create_api_key(Application.objects.get(name=options["name"]), label="counting")
        account = UpstreamAccount.objects.get(name=options["name"])
        try:
            self.stdout.write(json.dumps(count_statements(key, account.pk)))
        except LocalError as error:
            raise CommandError(str(error)) from error
