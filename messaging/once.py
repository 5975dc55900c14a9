"""Requests that are done once, however often they are sent: `Idempotency-Key`.

The key is stored in the transaction that does the work, with the answer. Of two at the same moment the second waits at
the unique key until the first has committed, and then gets its answer, or has failed, and then is the first.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import structlog
from django.conf import settings
from django.db import IntegrityError, OperationalError, connection
from django.utils.translation import gettext as _
from psycopg.errors import LockNotAvailable, UniqueViolation

from accounts.encryption import WrongEncryptionKey, open_bytes, seal_bytes
from messaging.exceptions import Invalid, Refused
from messaging.prepared import prepared_cursor

log = structlog.get_logger(__name__)

TWIN_WAITS_MS = 10_000


class TwinWasFirst(Exception):
    """Another request with this key has stored its answer meanwhile; nothing of ours was stored."""


@dataclass(frozen=True)
class Once:
    """What a caller wants done once, and the database's clock when it came."""

    application_id: int
    operation: str
    key: str
    fingerprint: bytes
    at: datetime
    something_is_held: bool

    def row(self, subject_id: UUID, answer: bytes) -> dict[str, Any]:
        """The columns of the key's row."""
        return {
            "application": self.application_id,
            "operation": self.operation,
            "key": self.key,
            "fingerprint": self.fingerprint,
            "subject": subject_id,
            "answer": seal_bytes(answer),
        }


ONE_ANSWER = "one_answer_a_key"

# one_answer_a_key
LOOK = """
SELECT statement_timestamp(), EXISTS (SELECT FROM messaging_hold WHERE ended_at IS NULL),
       set_config('lock_timeout', %(waits)s::text, false), k.id, k.fingerprint, k.subject_id, k.answer,
       k.created_at < statement_timestamp() - make_interval(secs => %(kept)s)
FROM (VALUES (1)) AS one
LEFT JOIN messaging_idempotencykey k
  ON k.application_id = %(application)s AND k.operation = %(operation)s AND k.key = %(key)s
"""


def look(application_id: int, operation: str, key: str, fingerprint: bytes) -> Once | bytes:
    """Return the first answer to a request; or, when it is the first itself, what it needs to be done once.

    Raises `Invalid` when the key came with another body.
    """
    given: dict[str, Any] = {"application": application_id, "operation": operation, "key": key}
    with prepared_cursor() as cursor:
        cursor.execute(LOOK, given | {"waits": TWIN_WAITS_MS, "kept": settings.IDEMPOTENCY_SECONDS})
        at, held, _waits, row_id, known, subject, answer, is_over = cursor.fetchone()
        if row_id is not None and is_over:
            cursor.execute("DELETE FROM messaging_idempotencykey WHERE id = %(id)s", {"id": row_id})
    if row_id is None or is_over:
        return Once(application_id, operation, key, fingerprint, at, held)
    if bytes(known) != fingerprint:
        detail = _(
            "This Idempotency-Key came before with another request. Nothing was done. Use a new key for a new request, "
            "and the same key only to send the very same request again."
        )
        raise Invalid("idempotency_key_reused", detail)
    return _opened(subject, bytes(answer))


def _opened(subject: UUID, answer: bytes) -> bytes:
    try:
        return open_bytes(answer)
    except WrongEncryptionKey as error:
        log.exception("stored_answer_unreadable", subject=str(subject))
        detail = _("This request was done before, as %(id)s; its first answer can't be read any more.")
        raise Refused("answer_unreadable", detail % {"id": subject}) from error


@contextmanager
def twin_told() -> Iterator[None]:
    """Tell of a twin while a key is stored: `TwinWasFirst`, or `Refused` when waiting for it took too long."""
    try:
        yield
    except IntegrityError as error:
        if (
            isinstance(error.__cause__, UniqueViolation)
            and error.__cause__.diag.constraint_name == ONE_ANSWER
        ):
            raise TwinWasFirst from error
        raise
    except OperationalError as error:
        if not isinstance(error.__cause__, LockNotAvailable):
            raise
        detail = _(
            "The same request is being done at this moment. Send it again in a few seconds: it is done once."
        )
        raise Refused("request_in_progress", detail, retry="later") from error


KEEP = """
INSERT INTO messaging_idempotencykey (application_id, operation, key, fingerprint, subject_id, answer)
SELECT %(application)s::bigint, %(operation)s::text, %(key)s::text, %(fingerprint)s::bytea, %(subject)s::uuid,
       %(answer)s::bytea
"""


def keep(once: Once, subject_id: UUID, answer: bytes) -> None:
    """Store a request's answer inside the transaction that does the work; raise `TwinWasFirst`."""
    with twin_told(), connection.cursor() as cursor:
        cursor.execute(KEEP, once.row(subject_id, answer))


FORGET = """
DELETE FROM messaging_idempotencykey WHERE id IN (
    SELECT id FROM messaging_idempotencykey
    WHERE created_at < statement_timestamp() - make_interval(secs => %(kept)s) ORDER BY created_at LIMIT %(most)s
    FOR UPDATE SKIP LOCKED)
"""


def forget_old(most: int) -> int:
    """Delete keys that are over; return how many. Index: idempotency_keys_by_age."""
    with connection.cursor() as cursor:
        cursor.execute(FORGET, {"kept": settings.IDEMPOTENCY_SECONDS, "most": most})
        return int(cursor.rowcount)
