import json
import os
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand

from accounts.models import Environment, UpstreamAccount
from accounts.services import change_upstream_account, create_application, create_upstream_account
from smsgateway.local.home import Home

SIMULATOR = "simulator"  # the only account that the demo may use
SIMULATOR_LOGIN = {"account": "922011", "password": "simulator", "extno": "10690"}


class Command(BaseCommand):
    help = "For `up`: what a first start needs (staff login, demo application, the simulator's account). Prints JSON."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--simulator-url", help="where the simulator listens; left out: no demo either")
        parser.add_argument("--json", action="store_true", help="is what it prints anyway")

    def handle(self, *args: Any, **options: Any) -> None:
        home = Home(settings.SMSGATEWAY_HOME)
        password = os.environ.get("SMSGATEWAY_ADMIN_PASSWORD", "")
        _ensure_admin("admin", password)
        answer = {"admin_user": "admin", "admin_password": password, "application": None, "api_key": None}
        fresh = False
        if options["simulator_url"]:
            fresh = _ensure_simulator(home, options["simulator_url"])
            answer |= home.read("demo")
        self.stdout.write(json.dumps(answer | {"fresh": fresh}))


def _ensure_admin(name: str, password: str) -> None:
    users = get_user_model().objects
    if password and not users.filter(username=name).exists():
        users.create_superuser(username=name, password=password)


def _ensure_simulator(home: Home, url: str) -> bool:
    """Point the account `simulator` at this start's simulator; return whether this home was empty."""
    account = UpstreamAccount.objects.filter(name=SIMULATOR).first()
    if account is not None:
        change_upstream_account(account, {"base_url": url})
        return False
    if UpstreamAccount.objects.exists():
        return False
    login = dict(SIMULATOR_LOGIN)
    create_upstream_account(
        name=SIMULATOR, environment=Environment.SANDBOX, base_url=url, password=login.pop("password"), default=True,
        **login,
    )  # fmt: skip
    application, key = create_application("demo", environment=Environment.SANDBOX)
    home.write("demo", {"application": application.name, "api_key": key})
    return True
