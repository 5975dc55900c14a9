"""`manage.py benchmark`: figures of the whole service, beside those of its database."""

import json
import os
from argparse import ArgumentParser
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from environ.fileaware_mapping import FileAwareMapping

from smsgateway.benchmark.cases import NAMES
from smsgateway.benchmark.rig import Rig, rigged
from smsgateway.benchmark.session import Results, Session
from smsgateway.benchmark.sizes import FULL, QUICK
from smsgateway.benchmark.table import document, filled_table, table
from smsgateway.benchmark.yardstick import Yardstick
from smsgateway.local.errors import Interrupted, LocalError

INTERRUPTED = 130
QUICK_NOTE = (
    "Quick: the counts are too small to rely on. They show that everything works, and roughly how fast."
)


class Command(BaseCommand):
    help = "Measure the whole service on servers of its own, and print each rate beside that of a bare COPY."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--quick", action="store_true", help="small counts, one run, under a minute in all"
        )
        parser.add_argument("--runs", type=int, metavar="N", help="medians of N runs (3; 1 with --quick)")
        parser.add_argument("--only", metavar="NAME,...", help=f"some of {', '.join(NAMES)}")
        parser.add_argument(
            "--rows", type=int, default=0, metavar="N", help="measure again beside N messages"
        )
        parser.add_argument(
            "--json", type=Path, metavar="FILE", help="write the figures there too, for machines"
        )
        parser.add_argument("--force", action="store_true", help="use DATABASE_URL though it is in use")

    def handle(self, *_args: Any, **options: Any) -> None:
        self.quick = options["quick"]
        self.runs = options["runs"] or (1 if self.quick else 3)
        self.names = _names(options["only"])
        # Not the settings' DATABASE_URL: that may be a running service's own server, found in its home.
        try:
            with rigged(FileAwareMapping(), force=options["force"]) as rig:
                results, filled = self._measure(rig, options["rows"])
        except LocalError as error:
            raise CommandError(str(error)) from error
        except Interrupted as error:
            raise SystemExit(INTERRUPTED) from error
        self._print(results, filled)
        if options["json"]:
            about = {"quick": self.quick, "runs": self.runs, "rows": options["rows"], "cpus": os.cpu_count()}
            options["json"].write_text(json.dumps(document(results, filled, about), indent=2))

    def _measure(self, rig: Rig, rows: int) -> tuple[Results, Results | None]:
        sizes = QUICK if self.quick else FULL
        with rig.step("Preparing"):
            rig.prepare()
            yardstick = Yardstick(rig.servers.database_url, sizes.yardstick_rows)
        session = Session(rig, yardstick, sizes, self.runs, self.names)
        session.count_statements()
        with rig.step("Starting web, workers, beat and pump"):
            rig.start()
        results = session.run()
        if not rows:
            return results, None
        with rig.step(f"Filling the tables with {rows:,} messages"):
            rig.fill(rows)
        return results, Session(rig, yardstick, sizes, self.runs, self.names).run(only_rates=True)

    def _print(self, results: Results, filled: Results | None) -> None:
        if self.quick:
            self.stdout.write(QUICK_NOTE)
        self._lines(table(results))
        if filled:
            self._lines(filled_table(results, filled))

    def _lines(self, lines: Iterable[str]) -> None:
        for line in lines:
            self.stdout.write(line)


def _names(only: str | None) -> tuple[str, ...]:
    if only is None:
        return NAMES
    chosen = tuple(name.strip() for name in only.split(","))
    if unknown := [name for name in chosen if name not in NAMES]:
        raise CommandError(f"There is no figure {unknown[0]!r}. There are {', '.join(NAMES)}.")
    return chosen
