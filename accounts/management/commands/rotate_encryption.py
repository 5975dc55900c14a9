from typing import Any

from django.core.management.base import BaseCommand

from accounts.services import rotate_encryption


class Command(BaseCommand):
    help = "Encrypt every stored secret under the first key of FIELD_ENCRYPTION_KEYS. Safe to run again."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"{rotate_encryption()} secrets are under the first key now.")
