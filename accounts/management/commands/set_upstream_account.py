from argparse import ArgumentParser
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError

from accounts.management.upstream_options import add_options, explain, fields_of, password_of
from accounts.models import UpstreamAccount
from accounts.services import change_upstream_account, route_everything_to


class Command(BaseCommand):
    help = (
        "Change a login at the vendor; only what is given is changed. Calls under way finish as they began."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name")
        add_options(parser, required=False)
        parser.add_argument("--active", choices=["yes", "no"])
        parser.add_argument(
            "--default", action="store_true", help="route every application of its environment to it"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        account = UpstreamAccount.objects.filter(name=options["name"]).first()
        if account is None:
            raise CommandError(f"There is no upstream account {options['name']!r}.")
        fields = fields_of(options)
        if options["active"]:
            fields["is_active"] = options["active"] == "yes"
        try:
            change_upstream_account(account, fields, password=password_of(options))
        except ValidationError as error:
            raise explain(error) from error
        if options["default"]:
            route_everything_to(account)
        self.stdout.write(f"{account.name} changed")
