from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from smsgateway.benchmark.pages import time_pages
from smsgateway.local.errors import LocalError


class Command(BaseCommand):
    help = (
        "Time every list of the admin, its searches and the dashboard on the database at hand: the median of five, and"
        " which tables were read whole. Changes nothing; `benchmark_fill` makes up a database to try it on."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--most", type=float, default=300.0, metavar="MS", help="that a page may take (300)"
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        most, failed = options["most"], 0
        try:
            for timed in time_pages():
                bad = timed.milliseconds >= most or timed.whole
                failed += bool(bad)
                plan = f"reads {', '.join(timed.whole)} whole" if timed.whole else "indexes only"
                self.stdout.write(
                    f"{timed.page:<42} {timed.milliseconds:7.1f} ms   {plan}{'   FAIL' if bad else ''}"
                )
        except LocalError as error:
            raise CommandError(str(error)) from error
        if failed:
            raise CommandError(f"{failed} pages take {most:.0f} ms or more, or read a big table whole.")
