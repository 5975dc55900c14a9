from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.models import ApiKey
from accounts.services import revoke_api_key


class Command(BaseCommand):
    help = "Revoke an API key, named by its prefix (the part after sgw_) or given whole."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("key")

    def handle(self, *args: Any, **options: Any) -> None:
        prefix = options["key"].removeprefix("sgw_").split("_")[0]
        if not ApiKey.objects.filter(prefix=prefix).exists():
            raise CommandError(f"There is no API key with the prefix {prefix!r}.")
        self.stdout.write("revoked" if revoke_api_key(prefix) else "was revoked before")
