import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.models import Application, Environment
from accounts.services import create_application


class Command(BaseCommand):
    help = "Add an application and print its first API key. The key is shown once."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name")
        parser.add_argument("--sandbox", action="store_true", help="may only use sandbox upstream accounts")
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        if Application.objects.filter(name=options["name"]).exists():
            raise CommandError(
                f"There is an application {options['name']!r} already. For another key: "
                f"manage.py create_api_key {options['name']!r}"
            )
        environment = Environment.SANDBOX if options["sandbox"] else Environment.LIVE
        application, key = create_application(options["name"], environment=environment)
        if options["json"]:
            self.stdout.write(
                json.dumps({"application": application.pk, "name": application.name, "api_key": key})
            )
        else:
            self.stdout.write(
                f"application {application.pk}  {application.name}  ({environment})\nAPI key     {key}\n"
            )
            self.stdout.write("The key is shown only now.")
