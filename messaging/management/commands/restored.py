from argparse import ArgumentParser, ArgumentTypeError
from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from messaging.exceptions import Invalid
from messaging.services import restoring

PROGRESS_EVERY = 10_000


def moment(text: str) -> datetime:
    """Read an RFC 3339 time with its offset."""
    try:
        read = datetime.fromisoformat(text)
    except ValueError:
        read = None
    if read is None or read.tzinfo is None:
        raise ArgumentTypeError(
            f"{text!r} is not a time with an offset: 2026-11-22T03:00:00Z or 2026-11-22T11:00:00+08:00"
        )
    return read


class Command(BaseCommand):
    help = (
        "After a restored backup, before workers start: hold everything, and make what waited then `unknown`, since it"
        " may have been sent after the backup. Safe to run again. `manage.py release --all` ends the hold."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--backup-time", type=moment, required=True, metavar="T",
            help="when the backup was taken, RFC 3339 with offset; for pg_dump, when it began",
        )  # fmt: skip

    def handle(self, *args: Any, **options: Any) -> None:
        backup_time: datetime = options["backup_time"]
        try:
            placed = restoring.hold_everything(backup_time)
        except Invalid as error:
            raise CommandError(error.detail) from error
        self.stdout.write("Everything is held." if placed else "Everything was held already.")
        self.stdout.write(f"{self._mark(backup_time)} messages became unknown.")
        self._tell(restoring.still_queued(backup_time))
        self.stdout.write("Start the workers; `manage.py release --all` lets messages go.")

    def _mark(self, backup_time: datetime) -> int:
        done = told = 0
        for count in restoring.mark_unknown(backup_time):
            done += count
            if done - told >= PROGRESS_EVERY:
                told = done
                self.stdout.write(f"{done} …")
        return done

    def _tell(self, left: restoring.StillQueued) -> None:
        if left.scheduled:
            self.stdout.write(
                f"{left.scheduled} scheduled messages stay queued; cancel again what was cancelled after the backup."
            )
        if left.younger:
            self.stderr.write(
                f"{left.younger} queued messages are younger than the backup and stay queued. Unless they were"
                " accepted after the restore, the backup is younger than you said: run this again with its real time."
            )
