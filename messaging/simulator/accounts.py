"""The vendor's customers: who may call, from where, how, and at what price."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any


@dataclass(slots=True)
class Account:
    """One login. Money is in 厘 (1/1000 yuan), times in seconds; an empty tuple of addresses means any."""

    account: str
    password: str = field(repr=False)
    extnos: tuple[str, ...] = ("10690",)
    charge_type: str = "POSTCHARGE"  # or PRECHARGE
    balance: int = 0
    price: int = 45  # per part
    max_numbers: int = 500
    max_connections: int = 1000  # calls in progress at the same time
    signature_check: bool = False
    signatures: tuple[str, ...] = ()  # as filed, brackets included
    allowed_ips: tuple[str, ...] = ()
    enabled: bool = True
    protocol: str = "http"  # or cmpp
    auth_modes: tuple[str, ...] = ("plain", "md5")
    md5_order: str = "content_mobile"  # or mobile_content, seen at one vendor
    md5_case: str = "lower"  # or upper
    refusal_level: str = "row"  # or status: 10, 15 and 17 refuse the whole call
    seconds_to_answer: float = 0.0
    seconds_to_report: float | None = None  # None: as the program was told
    push_url: str = ""  # empty: reports and inbound messages wait to be fetched
    push_retry_seconds: tuple[float, ...] = (1, 5, 10, 60)  # the last one repeats

    def sends_from(self, extno: str) -> bool:
        """Say whether `extno` is one of ours, bare or extended by a suffix."""
        return extno.startswith(self.extnos)

    def signs(self, content: str) -> bool:
        """Say whether `content` carries what this account must carry (section 10, error 17)."""
        return not self.signature_check or content.startswith(self.signatures)

    @property
    def prepaid(self) -> bool:
        return self.charge_type == "PRECHARGE"


CHOICES = {
    "charge_type": {"POSTCHARGE", "PRECHARGE"},
    "protocol": {"http", "cmpp"},
    "md5_order": {"content_mobile", "mobile_content"},
    "md5_case": {"lower", "upper"},
    "refusal_level": {"row", "status"},
}
_PLAIN = Account("", "")
_KINDS: dict[str, tuple[type, ...]] = {
    f.name: {tuple: (list, tuple), float: (float, int), type(None): (float, int)}.get(kind, (kind,))
    for f in fields(Account)
    for kind in [type(getattr(_PLAIN, f.name))]
}


def default_accounts() -> list[Account]:
    """Make the accounts of a gateway that was given no configuration: one postpaid, one prepaid."""
    password = "simulator"  # noqa: S105 - the demo's, public on purpose
    return [
        Account("922011", password, balance=-153278040),
        Account(
            "922012",
            password,
            charge_type="PRECHARGE",
            balance=100_000,
            signature_check=True,
            signatures=("【Acme】",),
        ),
    ]


def load_accounts(path: Path) -> list[Account]:
    """Read accounts from a JSON file: a list of objects, or `{"accounts": [..]}`.

    Raises ValueError or TypeError, naming the field, for what is not an account.
    """
    document = json.loads(path.read_text(encoding="utf-8"))
    listed = document["accounts"] if isinstance(document, dict) else document
    return [read_account(entry) for entry in listed]


def read_account(values: Mapping[str, Any], known: Account | None = None) -> Account:
    """Make an account from JSON values; fields that are absent stay as in `known`, null means the default.

    Raises ValueError or TypeError, naming the field, for what is not an account.
    """
    given = {name: _checked(name, value) for name, value in values.items()}
    if known is not None:
        return replace(known, **given)
    if not given.get("account") or "password" not in given:
        raise ValueError("account and password are needed")
    return Account(**given)


def _checked(name: str, value: Any) -> Any:
    if name not in _KINDS:
        raise ValueError(f"{name} is not a field of an account")
    if value is None:
        return getattr(_PLAIN, name)
    if not isinstance(value, _KINDS[name]):
        raise TypeError(f"{name} is of the wrong type")
    if name in CHOICES and value not in CHOICES[name]:
        raise ValueError(f"{name} is one of {', '.join(sorted(CHOICES[name]))}")
    if name == "push_retry_seconds" and not value:
        raise ValueError("push_retry_seconds needs at least one step")
    return tuple(value) if isinstance(value, list) else value
