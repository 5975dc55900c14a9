"""Applications, keys and upstream accounts: made, changed, revoked."""

import hashlib
import secrets
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models.functions import Now
from django.utils import timezone

from accounts.encryption import encrypt, rotate
from accounts.models import (
    ApiKey,
    Application,
    BalanceReading,
    Environment,
    GatewayLogin,
    Phone,
    Route,
    UpstreamAccount,
)

KEY_SCHEME = "sgw"
MOST_LIVE_KEYS = 2


def digest_of(api_key: str) -> str:
    return hashlib.sha256(api_key.encode()).hexdigest()


class TooManyKeys(Exception):
    """The application has its live keys already; its message says what to do."""


@transaction.atomic
def create_api_key(
    application: Application,
    *,
    label: str = "",
    expires_in: timedelta | None = None,
    scopes: Sequence[str] = (),
    networks: Sequence[str] = (),
    force: bool = False,
) -> tuple[ApiKey, str]:
    """Return the stored key and its text, `sgw_<prefix>_<secret>`, which is not kept and can't be shown again.

    An application has two live keys at most, so that one can be exchanged for another and none is forgotten; `force`
    makes more. No scopes: all of them; no networks: from anywhere. Raises `TooManyKeys`, `ValidationError`.
    """
    if not force:
        _refuse_third_key(application)
    prefix = secrets.token_hex(6)
    text = f"{KEY_SCHEME}_{prefix}_{secrets.token_urlsafe(32)}"
    key = ApiKey(
        application=application, prefix=prefix, digest=digest_of(text), label=label, scopes=list(scopes),
        networks=list(networks), expires_at=timezone.now() + expires_in if expires_in else None,
    )  # fmt: skip
    key.full_clean()
    key.save()
    return key, text


def _refuse_third_key(application: Application) -> None:
    """Two that ask at the same moment get in line at the application."""
    Application.objects.select_for_update(no_key=True).get(pk=application.pk)
    live = list(application.api_keys.live().order_by("pk").values_list("prefix", flat=True))
    if len(live) >= MOST_LIVE_KEYS:
        raise TooManyKeys(
            f"{application.name} has {len(live)} live keys: {', '.join(live)}. Revoke the one that is no longer used "
            "(manage.py revoke_api_key), or say --force."
        )


@transaction.atomic
def create_application(name: str, *, environment: str = Environment.LIVE) -> tuple[Application, str]:
    """Return a new application and the text of its first key."""
    application = Application.objects.create(name=name, environment=environment)
    _, text = create_api_key(application, label="first key")
    return application, text


def revoke_api_key(prefix: str) -> bool:
    """Revoke the key with this prefix now; return False when it was revoked before."""
    return bool(ApiKey.objects.filter(prefix=prefix, revoked_at__isnull=True).update(revoked_at=Now()))


@transaction.atomic
def create_upstream_account(*, password: str, default: bool = False, **fields: Any) -> UpstreamAccount:
    """Add a vendor login; `default` routes every application of its environment to it."""
    account = UpstreamAccount(encrypted_password=encrypt(password), **fields)
    account.full_clean()
    account.save()
    if default:
        route_everything_to(account)
    return account


def change_upstream_account(
    account: UpstreamAccount, changes: Mapping[str, Any], *, password: str | None = None
) -> None:
    """Apply changed fields; calls under way finish with what they started with."""
    for field, value in changes.items():
        setattr(account, field, value)
    if password is not None:
        account.encrypted_password = encrypt(password)
    account.full_clean()
    account.save()


def change_upstream_password(account: UpstreamAccount, password: str) -> None:
    """Store another password; nothing else of the row is written. Holds for a refused login are tried at once."""
    account.encrypted_password = encrypt(password)
    account.save(update_fields=["encrypted_password", "changed_at"])


def route_everything_to(account: UpstreamAccount) -> None:
    Route.objects.get_or_create(
        application=None, category="", upstream_account=account, defaults={"environment": account.environment}
    )


def rotate_encryption() -> int:
    """Encrypt every stored secret under the first key; safe to run again; return how many there are."""
    logins = _rotate(UpstreamAccount, "encrypted_password") + _rotate(GatewayLogin, "encrypted_password")
    return logins + _rotate(Phone, "key")


def _rotate(model: type[UpstreamAccount | GatewayLogin | Phone], column: str) -> int:
    count = 0
    for pk in model.objects.values_list("pk", flat=True):
        with transaction.atomic():
            row = model.objects.select_for_update().get(pk=pk)
            setattr(row, column, rotate(getattr(row, column)))
            row.save(update_fields=[column])
            count += 1
    return count


@transaction.atomic
def record_balance(account_id: int, balance: int, charge_type: str) -> None:
    """Keep one reading, in 厘, and show it on the account."""
    UpstreamAccount.objects.filter(pk=account_id).update(
        balance=balance, charge_type=charge_type, balance_read_at=Now()
    )
    BalanceReading.objects.create(upstream_account_id=account_id, balance=balance, charge_type=charge_type)
