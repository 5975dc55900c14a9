from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from smsgateway.benchmark.filling import fill

OF_THIS_MONTH = 5  # one message in so many


class Command(BaseCommand):
    help = "For `benchmark`: fill servers of its own with months of made-up messages. Never where it matters."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("messages", type=int, help="in all; one in five of this month")

    def handle(self, *args: Any, **options: Any) -> None:
        fill(options["messages"], options["messages"] // OF_THIS_MONTH)
