import json
from argparse import ArgumentParser
from datetime import timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError

from accounts.models import ApiKey, Application, Scope
from accounts.services import TooManyKeys, create_api_key

MOST_DAYS = 36_500


class Command(BaseCommand):
    help = "Add another API key to an application, as for a rotation. The key is shown once."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("application", help="its name")
        parser.add_argument("--label", default="", help="what it is for")
        parser.add_argument(
            "--scope", action="append", default=[], choices=Scope.values, dest="scopes",
            help="what it may do; repeat it for more. Without one: everything",
        )  # fmt: skip
        parser.add_argument(
            "--expires-in-days", type=float, metavar="DAYS", help="refused after so many days"
        )
        parser.add_argument(
            "--network", action="append", default=[], dest="networks", metavar="CIDR",
            help="accepted from this network only, such as 10.1.0.0/16; repeat it for more",
        )  # fmt: skip
        parser.add_argument("--force", action="store_true", help="also when there are two live keys already")
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        application = Application.objects.filter(name=options["application"]).first()
        if application is None:
            raise CommandError(f"There is no application {options['application']!r}.")
        key, text = self._create(application, options)
        if options["json"]:
            self.stdout.write(
                json.dumps({"application": application.pk, "prefix": key.prefix, "api_key": text})
            )
        else:
            self.stdout.write(f"API key {text}\nThe key is shown only now.")

    def _create(self, application: Application, options: dict[str, Any]) -> tuple[ApiKey, str]:
        days = options["expires_in_days"]
        if days is not None and not 0 < days <= MOST_DAYS:
            raise CommandError(f"--expires-in-days must be above 0 and at most {MOST_DAYS}.")
        try:
            return create_api_key(
                application, expires_in=timedelta(days=days) if days else None,
                **{name: options[name] for name in ("label", "scopes", "networks", "force")},
            )  # fmt: skip
        except TooManyKeys as error:
            raise CommandError(str(error)) from error
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error
