from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from smsgateway.benchmark.filling import fill


class Command(BaseCommand):
    help = "For `benchmark`: fill an empty database with made-up messages. Never one that matters."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("messages", type=int)
        parser.add_argument("current", type=int, help="so many of them in this month")

    def handle(self, *_args: Any, **options: Any) -> None:
        fill(options["messages"], options["current"])
