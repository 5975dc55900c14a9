import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.models import Application
from accounts.services import create_api_key


class Command(BaseCommand):
    help = "Add another API key to an application, as for a rotation. The key is shown once."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("application", help="its name")
        parser.add_argument("--label", default="", help="what it is for")
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        application = Application.objects.filter(name=options["application"]).first()
        if application is None:
            raise CommandError(f"There is no application {options['application']!r}.")
        key, text = create_api_key(application, label=options["label"])
        if options["json"]:
            self.stdout.write(
                json.dumps({"application": application.pk, "prefix": key.prefix, "api_key": text})
            )
        else:
            self.stdout.write(f"API key {text}\nThe key is shown only now.")
