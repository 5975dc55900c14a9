"""The options that making and changing an upstream account share."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import CommandError

FIELDS = (
    "base_url", "account", "extno", "auth_mode", "md5_fields", "max_numbers", "max_connections", "price_per_part",
)  # fmt: skip


def add_options(parser: ArgumentParser, *, required: bool) -> None:
    """Add one option for each field; `required` for those that a new account can't do without."""
    parser.add_argument("--base-url", required=required, help="the whole URL, such as http://host:7862/sms")
    parser.add_argument("--account", required=required, help="the login name at the vendor")
    password = parser.add_mutually_exclusive_group(required=required)
    password.add_argument("--password", help="is visible in the process list; prefer --password-file")
    password.add_argument("--password-file", type=Path)
    parser.add_argument("--extno", required=required, help="the access number, such as 106900000000")
    parser.add_argument("--auth-mode", choices=["plain", "md5"])
    parser.add_argument("--md5-fields", metavar="ORDER", help="default: password+extno+content+mobile")
    parser.add_argument("--md5-upper", choices=["yes", "no"], help="upper-case signature")
    parser.add_argument(
        "--max-numbers", type=int, metavar="N", help="numbers in one call, 1 to 500; default 200"
    )
    parser.add_argument("--max-connections", type=int, metavar="N", help="calls at the same time; default 4")
    parser.add_argument(
        "--price-per-part",
        type=int,
        metavar="LI",
        help="what the vendor bills for a part, in 0.001 CNY; callers are told the cost",
    )
    parser.add_argument(
        "--signature-check", choices=["yes", "no"], help="refuse texts without a filed signature"
    )


def fields_of(options: dict[str, Any]) -> dict[str, Any]:
    """Return the fields that were given."""
    fields = {name: options[name] for name in FIELDS if options[name] is not None}
    for name in ("md5_upper", "signature_check"):
        if options[name] is not None:
            fields[name] = options[name] == "yes"
    return fields


def password_of(options: dict[str, Any]) -> str | None:
    """Return the password that was given, by either option."""
    if options["password_file"] is None:
        password: str | None = options["password"]
        return password
    try:
        return Path(options["password_file"]).read_text(encoding="utf-8").strip()
    except OSError as error:
        raise CommandError(f"The password file can't be read: {error}") from error


def explain(error: ValidationError) -> CommandError:
    """Return what is wrong with which option."""
    lines = [f"--{field.replace('_', '-')}: {' '.join(texts)}" for field, texts in error.message_dict.items()]
    return CommandError("\n".join(lines))
