"""Storing once, whatever becomes of the connection."""

from collections.abc import Callable
from typing import TypeVar

import structlog
from django.db import IntegrityError, InterfaceError, InternalError, OperationalError, connection
from django.utils.translation import gettext as _

from messaging.exceptions import MaybeStored, NotStored

log = structlog.get_logger(__name__)

Stored = TypeVar("Stored")


def store_surely(store: Callable[[], Stored], read: Callable[[], Stored]) -> Stored:
    """Run a transaction that inserts rows whose ids are already made; over one lost connection.

    A second try bears the same ids: while the first may still commit it waits, and then hits its keys, so `read` tells
    what was stored. Raises `NotStored` or `MaybeStored`.
    """
    try:
        connection.ensure_connection()
    except (OperationalError, InterfaceError) as error:
        raise _not_stored() from error
    try:
        return store()
    except (OperationalError, InterfaceError, InternalError) as error:
        if not _was_cut():
            raise _not_stored() from error
        log.warning("store_tried_again", exc_info=True)
    return _again(store, read)


def _again(store: Callable[[], Stored], read: Callable[[], Stored]) -> Stored:
    connection.close()
    try:
        return store()
    except IntegrityError:
        return read()
    except (OperationalError, InterfaceError, InternalError) as error:
        text = _(
            "The database went away in the middle: this may have been stored, and will then be sent. Look for it by "
            "its reference before you send it again."
        )
        raise MaybeStored(text) from error


def _was_cut() -> bool:
    """Whether the connection ended without, or together with, an answer: a server that goes on has rolled back."""
    return bool(connection.connection is None or connection.connection.closed)


def _not_stored() -> NotStored:
    return NotStored(_("Nothing was stored: the database can't be reached. Send again."))
