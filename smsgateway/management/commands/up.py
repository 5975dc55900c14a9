"""`manage.py up`: the whole service on this machine."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from environ.fileaware_mapping import FileAwareMapping

from smsgateway.local.errors import LocalError
from smsgateway.local.home import Home
from smsgateway.local.service import Wishes, run


class Command(BaseCommand):
    """Itself it touches no database: there is none yet. What needs one runs as a child."""

    help = "Run the whole service on this machine: servers, simulator, web, workers, beat and pump."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", default="127.0.0.1", help="address to serve requests on")
        parser.add_argument("--port", type=int, default=8000, help="port to serve requests on")
        parser.add_argument("--no-simulator", action="store_true", help="start no simulated SMS vendor")
        parser.add_argument("--simulator-port", type=int, help="its port (a free one, kept from run to run)")
        parser.add_argument("--no-demo", action="store_true", help="send no first batch in an empty home")
        parser.add_argument("--verbose", action="store_true", help="show every program's log from the start")

    def handle(self, *_args: Any, **options: Any) -> None:
        wishes = Wishes(
            host=options["host"],
            port=options["port"],
            simulator=not options["no_simulator"],
            simulator_port=options["simulator_port"],
            demo=not options["no_demo"],
            verbose=options["verbose"] or options["verbosity"] > 1,
        )
        # Not the settings' DATABASE_URL: that may be our own server, found in the home.
        environment = FileAwareMapping()
        try:
            run(Home(settings.SMSGATEWAY_HOME), wishes, environment)
        except LocalError as error:
            raise CommandError(str(error)) from error
