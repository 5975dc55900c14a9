from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.core.management.base import BaseCommand, CommandError

from accounts.staff.reset import reset_staff


class Command(BaseCommand):
    help = (
        "Let somebody in again: ends lock-outs, second factor and sessions, and prints a new password, which must be "
        "changed at the first login."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name", help="the name the person logs in with")

    def handle(self, *args: Any, **options: Any) -> None:
        user = User.objects.filter(username=options["name"]).first()
        if user is None:
            raise CommandError(f"There is no login {options['name']!r}.")
        password = reset_staff(user)
        self.stdout.write(f"password  {password}\n")
        self.stdout.write(
            f"{user.get_username()} can log in with it from anywhere for {settings.STAFF_RESET_HOURS:g} hours, must "
            "change it at once, and sets up a second factor anew. It is shown only now."
        )
        if not (user.is_active and user.is_staff):
            self.stderr.write(
                f"But {user.get_username()} is switched off or no staff: somebody must change that in the admin first."
            )
