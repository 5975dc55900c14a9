from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from smsgateway import diagnosis
from smsgateway.diagnosis import Finding


class Command(BaseCommand):
    help = "Check configuration, database, Redis, workers and every upstream account; and say what to do."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--skip-upstream", action="store_true", help="make no call to the upstream accounts"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        findings = list(diagnosis.findings(ask_upstream=not options["skip_upstream"]))
        for finding in findings:
            self._print(finding)
        serious = sum(finding.level == "serious" for finding in findings)
        if serious:
            self.stderr.write(f"{serious} serious findings")
            raise SystemExit(1)
        self.stdout.write("nothing serious found")

    def _print(self, finding: Finding) -> None:
        style = {"ok": self.style.SUCCESS, "note": self.style.WARNING, "serious": self.style.ERROR}[
            finding.level
        ]
        self.stdout.write(f"{style(f'{finding.level:8}')} {finding.what}")
        if finding.todo:
            self.stdout.write(f"{'':8} → {finding.todo}")
