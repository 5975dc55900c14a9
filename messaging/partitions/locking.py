"""Changing tables beside traffic: whoever waits for a lock makes everybody queue up behind, so nobody waits long."""

import random
import time
from collections.abc import Callable
from typing import TypeVar

from django.db import OperationalError, connection, transaction
from psycopg.errors import LockNotAvailable

LOCK_MILLISECONDS = 250
TRIES = 10
PAUSE_SECONDS = 2.0
ADVISORY_LOCK = 0x736D7367  # "smsg"

Done = TypeVar("Done")


class Busy(Exception):
    """Traffic, or another process at the same work, left no moment for the lock. Nothing was changed: try later."""


def patiently(step: Callable[[], Done]) -> Done:
    """Run a step as a transaction that gives way to others, again and again; raise `Busy` in the end.

    One process at a time: a step that looks first what there is may be run by several.
    """
    for once_more in range(TRIES, 0, -1):
        try:
            with transaction.atomic():
                run(
                    f"SET LOCAL lock_timeout = {LOCK_MILLISECONDS}",
                    f"SELECT pg_advisory_xact_lock({ADVISORY_LOCK})",
                )
                return step()
        except OperationalError as error:
            if not isinstance(error.__cause__, LockNotAvailable):
                raise
        if once_more > 1:
            time.sleep(random.uniform(0.25, 1) * PAUSE_SECONDS)  # noqa: S311  (no secret)
    raise Busy


def run(*statements: str) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
