"""`manage.py simulator`: the gateway in a box."""

from argparse import Namespace
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from messaging.simulator import program


class Command(BaseCommand):
    help = "Run the SMS vendor's gateway in a box, for demonstrations and tests."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        program.add_options(parser)

    def handle(self, *_args: Any, **options: Any) -> None:
        program.run(Namespace(**options))
