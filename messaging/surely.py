"""Storing once, whatever becomes of the connection."""

from collections.abc import Callable
from typing import TypeVar

import structlog
from django.db import IntegrityError, InterfaceError, InternalError, OperationalError, connection
from django.utils.translation import gettext as _

from messaging.exceptions import MaybeStored, NotStored

log = structlog.get_logger(__name__)

Stored = TypeVar("Stored")


def store_surely(
    store: Callable[[], Stored], read: Callable[[], Stored], *, done_once: bool = False
) -> Stored:
    """Run a transaction that inserts rows whose ids are already made; over one lost connection.

    A second try bears the same ids: while the first may still commit it waits, and then hits its keys, so `read` tells
    what was stored. Raises `NotStored`, or `MaybeStored`, after which only what is `done_once` may be sent again.
    """
    try:
        connection.ensure_connection()
    except (OperationalError, InterfaceError) as error:
        raise _not_stored() from error
    try:
        return store()
    except (OperationalError, InterfaceError, InternalError) as error:
        if not was_cut():
            raise _not_stored() from error
        log.warning("store_tried_again", exc_info=True)
    return _again(store, read, done_once=done_once)


def _again(store: Callable[[], Stored], read: Callable[[], Stored], *, done_once: bool) -> Stored:
    connection.close()
    try:
        return store()
    except IntegrityError:
        return read()
    except (OperationalError, InterfaceError, InternalError) as error:
        text = _(
            "The database went away in the middle: this may have been stored, and will then be sent. With the same "
            "Idempotency-Key it is safe to send it again; without one, look for it by its reference first."
        )
        raise MaybeStored(text, retry="later" if done_once else "after_fix") from error


def was_cut() -> bool:
    """Whether the connection ended without, or together with, an answer: a server that goes on has rolled back."""
    return bool(connection.connection is None or connection.connection.closed)


def _not_stored() -> NotStored:
    return NotStored(_("Nothing was stored: the database can't be reached. Send again."))
