"""From a stored upstream account to a client that can call it."""

from functools import lru_cache, partial

from django.conf import settings

from accounts.encryption import decrypt
from accounts.models import UpstreamAccount
from messaging.classification import classified
from messaging.vendor.client import Client
from messaging.vendor.wire import Login


def client_for(account: UpstreamAccount) -> Client:
    """Return a client with the account's login of this moment; raise `WrongEncryptionKey` without its key."""
    login = Login(
        base_url=account.base_url,
        account=account.account,
        password=_opened(account.encrypted_password, tuple(settings.FIELD_ENCRYPTION_KEYS)),
        auth_mode="md5" if account.auth_mode == UpstreamAccount.AuthMode.MD5 else "plain",
        md5_fields=account.md5_fields,
        md5_upper=account.md5_upper,
    )
    return Client(
        login,
        connect_timeout=settings.UPSTREAM_CONNECT_SECONDS,
        deadline=settings.UPSTREAM_DEADLINE_SECONDS,
        classify=partial(classified, account_id=account.pk),
    )


@lru_cache(maxsize=256)
def _opened(token: str, _keys: tuple[str, ...]) -> str:
    """Opening costs more than all else. A changed password is another token, a removed key makes another ring."""
    return decrypt(token)
