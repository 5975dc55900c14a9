"""Quotas as a caller meets them: refused as a whole, and charged for what was stored."""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from datetime import UTC
from math import ceil

from django.db import InterfaceError, InternalError, OperationalError, connection, transaction
from django.utils.translation import gettext as _

from accounts import quotas
from accounts.models import Application
from messaging.exceptions import Throttled
from messaging.surely import was_cut


@contextmanager
def charged(application: Application, count: int) -> Iterator[None]:
    """Charge one try to store so many messages. Raises `Throttled`, and then nothing is to be stored.

    A try that failed is not charged, but for one whose connection was cut: it may have stored them.
    """
    if not quotas.has_quota(application):
        yield
        return
    # Inside a transaction of somebody else's, what failed is undone together with its charge.
    with transaction.atomic() if connection.in_atomic_block else nullcontext():
        reservation = _reserve(application, count)
        try:
            yield
        except Exception as error:
            if not (isinstance(error, OperationalError | InterfaceError | InternalError) and was_cut()):
                quotas.give_back(reservation)
            raise


def refuse_beyond(application: Application, count: int) -> None:
    """Raise `Throttled` where so many messages would exceed a quota now; nothing is charged."""
    if quotas.has_quota(application):
        with transaction.atomic():
            try:
                _reserve(application, count)
            finally:
                transaction.set_rollback(True)


def _reserve(application: Application, count: int) -> quotas.Reservation | None:
    try:
        return quotas.reserve(application, count)
    except quotas.Exceeded as error:
        raise _refusal(error, count) from error


def _refusal(error: quotas.Exceeded, count: int) -> Throttled:
    told = {
        "quota": f"{error.quota:,}", "left": f"{error.left:,}", "count": f"{count:,}",
        "seconds": ceil(error.seconds), "anew_at": f"{error.anew_at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
    }  # fmt: skip
    if count > error.quota:
        text = _TOO_MANY[error.name]()
        return Throttled("quota_exceeded", text % told, error.seconds, retry="after_fix")
    return Throttled("quota_exceeded", _USED_UP[error.name]() % told, error.seconds)


_USED_UP = {
    "daily": lambda: _(
        "Your application's daily quota of %(quota)s messages has %(left)s left, and this request has %(count)s. "
        "Nothing was stored. The quota starts anew at %(anew_at)s, in %(seconds)d seconds; ask staff if you need more."
    ),
    "monthly": lambda: _(
        "Your application's monthly quota of %(quota)s messages has %(left)s left, and this request has %(count)s. "
        "Nothing was stored. The quota starts anew at %(anew_at)s, in %(seconds)d seconds; ask staff if you need more."
    ),
}
_TOO_MANY = {
    "daily": lambda: _(
        "This request has %(count)s messages, and your application's daily quota is %(quota)s. Nothing was stored. "
        "Send fewer at once, or ask staff for more."
    ),
    "monthly": lambda: _(
        "This request has %(count)s messages, and your application's monthly quota is %(quota)s. Nothing was stored. "
        "Send fewer at once, or ask staff for more."
    ),
}
