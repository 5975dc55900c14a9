"""Secrets at rest: a ring of Fernet keys, the first one encrypts, all of them decrypt."""

from functools import lru_cache

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured


class WrongEncryptionKey(RuntimeError):
    """No key of the ring opens this value: a key was removed from FIELD_ENCRYPTION_KEYS too early."""


@lru_cache(maxsize=8)
def _ring(keys: tuple[str, ...]) -> MultiFernet:
    if not keys:
        raise ImproperlyConfigured(
            "FIELD_ENCRYPTION_KEYS is empty. Make a key with `manage.py create_encryption_key` and set it."
        )
    try:
        return MultiFernet([Fernet(key) for key in keys])
    except ValueError as error:
        raise ImproperlyConfigured(
            "FIELD_ENCRYPTION_KEYS holds something that is no Fernet key. "
            "Make one with `manage.py create_encryption_key`."
        ) from error


def ring() -> MultiFernet:
    return _ring(tuple(settings.FIELD_ENCRYPTION_KEYS))


def encrypt(value: str) -> str:
    return ring().encrypt(value.encode()).decode()


def decrypt(token: str) -> str:
    """Return the plain value; raise `WrongEncryptionKey` when no key of the ring fits."""
    try:
        return ring().decrypt(token.encode()).decode()
    except InvalidToken as error:
        raise WrongEncryptionKey(
            "A stored secret can't be decrypted: put the key it was stored with back into FIELD_ENCRYPTION_KEYS."
        ) from error


def rotate(token: str) -> str:
    """Return the same value under the first key of the ring."""
    try:
        return ring().rotate(token.encode()).decode()
    except InvalidToken as error:
        raise WrongEncryptionKey("A stored secret can't be decrypted with any key of the ring.") from error


def seal_bytes(value: bytes) -> bytes:
    return ring().encrypt(value)


def open_bytes(token: bytes) -> bytes:
    """Return the plain value; raise `WrongEncryptionKey` when no key of the ring fits."""
    try:
        return ring().decrypt(token)
    except InvalidToken as error:
        raise WrongEncryptionKey("A stored answer can't be decrypted with any key of the ring.") from error
