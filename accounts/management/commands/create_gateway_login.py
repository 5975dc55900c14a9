import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError

from accounts.logins import create_gateway_login
from accounts.management.upstream_options import password_of
from accounts.models import Application, Purse


class Command(BaseCommand):
    help = "Add a login for programs that speak the vendor's protocol to our /sms."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--application", required=True, metavar="NAME", help="whose messages they are")
        parser.add_argument("--account", required=True, help="what the programs send as `account`")
        password = parser.add_mutually_exclusive_group(required=True)
        password.add_argument("--password", help="is visible in the process list; prefer --password-file")
        password.add_argument("--password-file", type=Path)
        parser.add_argument(
            "--extno", required=True, action="append", help="access number they may name; may be given again"
        )
        parser.add_argument(
            "--charge-type",
            choices=Purse.ChargeType.values,
            help="default: PRECHARGE with --balance, else what the application has, else POSTCHARGE",
        )
        parser.add_argument("--balance", type=int, metavar="LI", help="money to begin with, in 0.001 CNY")
        parser.add_argument(
            "--price", type=int, metavar="LI", help="of a part, in 0.001 CNY; default: PRICE_PER_PART"
        )
        parser.add_argument(
            "--push-url", help="where reports and replies are pushed; default: they are fetched"
        )
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        application = Application.objects.filter(name=options["application"]).first()
        if application is None:
            raise CommandError(
                f"There is no application {options['application']!r}. Make it: "
                f"manage.py create_application {options['application']!r}"
            )
        balance: int = options["balance"] or 0
        if balance < 0:
            raise CommandError("--balance: Give a number of 0.001 CNY, 0 or more.")
        try:
            login = create_gateway_login(
                application,
                password=password_of(options) or "",
                account=options["account"],
                extnos=options["extno"],
                charge_type=options["charge_type"] or (Purse.ChargeType.PRECHARGE if balance else None),
                price_per_part=options["price"],
                balance=balance,
                push_url=options["push_url"] or "",
            )
        except ValidationError as error:
            raise _explained(error) from error
        self._tell(application, login.pk, login.account, as_json=options["json"])

    def _tell(self, application: Application, pk: int, account: str, *, as_json: bool) -> None:
        purse = Purse.objects.get(application=application)
        made = {
            "gateway_login": pk, "account": account, "application": application.name, "charge_type": purse.charge_type,
            "balance": purse.balance, "price_per_part": purse.price_per_part,
        }  # fmt: skip
        if as_json:
            self.stdout.write(json.dumps(made))
            return
        self.stdout.write(f"gateway login {pk}  {account}  for {application.name}, at /sms")
        self.stdout.write(
            f"{purse.charge_type}, {purse.price_per_part} for a part, balance {purse.balance} (in 0.001 CNY)"
        )


OPTION = {"extnos": "extno", "price_per_part": "price", "__all__": "balance"}


def _explained(error: ValidationError) -> CommandError:
    """Return what is wrong with which option."""
    lines = [
        f"--{OPTION.get(field, field).replace('_', '-')}: {' '.join(texts)}"
        for field, texts in error.message_dict.items()
    ]
    return CommandError("\n".join(lines))
