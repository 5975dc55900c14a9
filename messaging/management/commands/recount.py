from typing import Any

from django.core.management.base import BaseCommand

from messaging import counting


class Command(BaseCommand):
    help = "Count all events anew for the dashboard. Traffic goes on meanwhile; counting goes on after it."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"counted {counting.recount()} sets of events")
