"""`manage.py benchmark`: figures of the whole service, beside those of its database."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from environ.fileaware_mapping import FileAwareMapping

from smsgateway.benchmark import bulk
from smsgateway.benchmark.rig import rigged
from smsgateway.benchmark.sizes import FULL, QUICK
from smsgateway.benchmark.yardstick import Yardstick
from smsgateway.local.errors import Interrupted, LocalError


class Command(BaseCommand):
    help = "Measure the whole service on servers of its own, and print each rate beside that of a bare COPY."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--quick", action="store_true", help="small counts, under a minute in all")
        parser.add_argument("--runs", type=int, default=3, help="medians of so many runs")

    def handle(self, *_args: Any, **options: Any) -> None:
        sizes = QUICK if options["quick"] else FULL
        try:
            with rigged(FileAwareMapping()) as rig:
                rig.prepare()
                rig.start()
                yardstick = Yardstick(rig.servers.database_url, sizes.yardstick_rows)
                for _run in range(options["runs"]):
                    for case in (bulk.accept, bulk.submit):
                        c = yardstick.measure()
                        readings = case(rig, sizes)
                        self.stdout.write(f"C {c:.0f} {readings} {next(iter(readings.values())) / c:.3f} C")
        except LocalError as error:
            raise CommandError(str(error)) from error
        except Interrupted as error:
            raise SystemExit(130) from error
