from argparse import ArgumentParser
from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.models import Application, DayClosing, Purse
from messaging import statements


class Command(BaseCommand):
    help = "Tell what became of an application's balance on a day of the staff's zone, in 0.001 CNY."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--application", required=True, metavar="NAME")
        parser.add_argument("--day", required=True, type=date.fromisoformat, metavar="YYYY-MM-DD")
        parser.add_argument("--csv", type=Path, metavar="FILE", help="write the day's entries here")

    def handle(self, *_args: Any, **options: Any) -> None:
        purse = Purse.objects.filter(application__name=options["application"]).first()
        if purse is None:
            raise CommandError(f"There is no application {options['application']!r} that has a purse.")
        self._tell_closing(purse.application, options["day"])
        if options["csv"]:
            with options["csv"].open("w", encoding="utf-8", newline="") as file:
                file.writelines(statements.lines(purse.application, options["day"]))
            self.stdout.write(f"entries: {options['csv']}")

    def _tell_closing(self, application: Application, day: date) -> None:
        closing = DayClosing.objects.filter(application=application, day=day).first()
        if closing is None:
            raise CommandError(
                f"{day} is not closed for {application}. Days are closed ten minutes after midnight, since the purse "
                "was made."
            )
        for name in ("opening", "charges", "refunds", "top_ups", "corrections", "closing", "parts"):
            self.stdout.write(f"{name:<12}{getattr(closing, name):>16}")
