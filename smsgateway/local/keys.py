"""Secrets that a home makes for itself, once."""

import base64
import os
import secrets


def new_secrets() -> dict[str, str]:
    """Named as the environment variables that override them, where there are any."""
    return {
        "SECRET_KEY": secrets.token_urlsafe(50),
        "FIELD_ENCRYPTION_KEYS": _fernet_key(),
        "DATABASE_PASSWORD": secrets.token_urlsafe(24),
        "REDIS_PASSWORD": secrets.token_urlsafe(24),
        "ADMIN_PASSWORD": secrets.token_urlsafe(9),
    }


def _fernet_key() -> str:
    # As cryptography's Fernet.generate_key does; importing it would cost every command 40 ms.
    return base64.urlsafe_b64encode(os.urandom(32)).decode()
