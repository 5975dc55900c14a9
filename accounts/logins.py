"""Logins for clients of the vendor's protocol: made, and given another password."""

from collections.abc import Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.encryption import encrypt
from accounts.ledger import open_purse, top_up
from accounts.models import Application, ExtnoLease, GatewayLogin, UpstreamAccount


@transaction.atomic
def create_gateway_login(
    application: Application,
    *,
    password: str,
    extnos: Sequence[str],
    charge_type: str | None = None,
    price_per_part: int | None = None,
    balance: int = 0,
    **fields: Any,
) -> GatewayLogin:
    """Return a new login; money is in 厘.

    Its application gets a purse, or keeps the one it has, changed to what is given here. An extno that is longer than
    that of one of the environment's upstream accounts is leased there to the application. Raises `ValidationError`.
    """
    login = GatewayLogin(
        application=application, encrypted_password=encrypt(password), extnos=list(extnos), **fields
    )
    login.full_clean()
    login.save()
    lease_extnos(login)
    open_purse(application, charge_type=charge_type, price_per_part=price_per_part)
    if balance:
        top_up(
            application.pk, balance, reason=f"opening balance of login {login.account}", posted_by="command"
        )
    return login


def lease_extnos(login: GatewayLogin) -> None:
    """Lease the login's extnos to its application, where they are longer than an upstream account's own.

    Raises `ValidationError` for one that is leased to somebody else.
    """
    accounts = UpstreamAccount.objects.filter(environment=login.application.environment, is_active=True)
    for account in accounts:
        for extno in login.extnos:
            if extno != account.extno and extno.startswith(account.extno):
                _lease(login.application, account, extno)


def refuse_leased(application: Application, extnos: Sequence[str]) -> None:
    """Raise `ValidationError` where another application of the same environment has leased one of these extnos."""
    taken = ExtnoLease.objects.filter(
        extno__in=extnos,
        upstream_account__environment=application.environment,
        upstream_account__is_active=True,
    ).exclude(application=application)
    for lease in taken.select_related("application"):
        raise _taken(lease)


def _taken(lease: ExtnoLease) -> ValidationError:
    text = _("%(extno)s is leased to %(application)s. Choose another, or end that lease first.")
    return ValidationError({"extnos": text % {"extno": lease.extno, "application": lease.application}})


def _lease(application: Application, account: UpstreamAccount, extno: str) -> None:
    lease, _is_new = ExtnoLease.objects.get_or_create(
        upstream_account=account, extno=extno, defaults={"application": application}
    )
    if lease.application_id != application.pk:
        raise _taken(lease)


def change_login_password(login: GatewayLogin, password: str) -> None:
    """Store another password; nothing else of the row is written."""
    login.encrypted_password = encrypt(password)
    login.save(update_fields=["encrypted_password"])
