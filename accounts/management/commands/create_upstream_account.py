import json
from argparse import ArgumentParser
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand

from accounts.management.upstream_options import add_options, explain, fields_of, password_of
from accounts.models import Environment
from accounts.services import create_upstream_account


class Command(BaseCommand):
    help = "Add a login at the vendor."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name")
        add_options(parser, required=True)
        parser.add_argument("--sandbox", action="store_true", help="for sandbox applications only")
        parser.add_argument(
            "--default", action="store_true", help="route every application of the same environment to it"
        )
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        environment = Environment.SANDBOX if options["sandbox"] else Environment.LIVE
        try:
            account = create_upstream_account(
                name=options["name"],
                environment=environment,
                password=password_of(options) or "",
                default=options["default"],
                **fields_of(options),
            )
        except ValidationError as error:
            raise explain(error) from error
        made = {"upstream_account": account.pk, "name": account.name, "push_path": account.push_path}
        if options["json"]:
            self.stdout.write(json.dumps(made))
            return
        self.stdout.write(f"upstream account {account.pk}  {account.name}  ({environment})")
        self.stdout.write(f"push path to file with the vendor: {account.push_path}")
        if account.base_url.startswith("http://"):
            self.stdout.write("Note: the password travels over plain http; ask the vendor for https.")
