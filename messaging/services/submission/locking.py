"""Chunks and attempts as the hot path locks them: without the sets they hold, which are read where they are needed."""

import uuid
from dataclasses import dataclass
from typing import Any, TypeVar

from django.db import DEFAULT_DB_ALIAS, connection, models

from messaging.models import Attempt, Chunk


def _fields_but(model: type[models.Model], *left_out: str) -> list[str]:
    fields = model._meta.concrete_fields  # noqa: SLF001  (Django's documented Model _meta API)
    return [field.attname for field in fields if field.attname not in left_out]


CHUNK = _fields_but(Chunk, "members")
ATTEMPT = _fields_but(Attempt, "left_out", "raw")


@dataclass(frozen=True)
class Due:
    """A locked chunk, its members' ids as SQL writes the array, the text they share, if they share one, and whether its
    batch is cancelled."""

    chunk: Chunk
    members: str
    content: str | None
    cancelled: bool = False


# Cancel, expiry, claim and split all lock the chunk first. Index: chunks_due.
OLDEST_DUE = f"""
SELECT {", ".join(CHUNK)}, members::text, (SELECT b.content FROM messaging_batch b WHERE b.id = c.batch_id),
       EXISTS (SELECT FROM messaging_batch b WHERE b.id = c.batch_id AND b.cancelled_at IS NOT NULL)
FROM messaging_chunk c
WHERE state = 'queued' AND category = %s AND application_id = %s AND due_at <= statement_timestamp()
ORDER BY due_at LIMIT 1 FOR UPDATE OF c SKIP LOCKED
"""  # noqa: S608  (column names)
# The chunk first, as everybody does: its row must be there, and locked, before there is a joined row to lock. What is
# locked is read anew if somebody changed it meanwhile. Primary keys.
LOCK_CALL = f"""
WITH chunk AS MATERIALIZED (SELECT {", ".join(CHUNK)} FROM messaging_chunk WHERE id = %(chunk)s FOR UPDATE)
SELECT {", ".join(f"chunk.{column}" for column in CHUNK)}, {", ".join(f"t.{column}" for column in ATTEMPT)}
FROM chunk JOIN messaging_attempt t ON t.id = %(attempt)s FOR UPDATE OF t
"""  # noqa: S608  (column names)


def lock_oldest_due(lane: str, application_id: int) -> Due | None:
    """Lock the chunk of an application that has been due the longest and that nobody else holds."""
    with connection.cursor() as cursor:
        cursor.execute(OLDEST_DUE, [lane, application_id])
        row = cursor.fetchone()
    return due_from(row) if row else None


def due_from(row: tuple[Any, ...]) -> Due:
    """Return what a row of CHUNK, its members and their text says."""
    return Due(_made(Chunk, CHUNK, row[: len(CHUNK)]), *row[len(CHUNK) :])


def lock_call(chunk_id: uuid.UUID, attempt_id: uuid.UUID) -> tuple[Chunk, Attempt]:
    """Lock the chunk and the attempt of a call, in this order, and return them as they are then."""
    with connection.cursor() as cursor:
        cursor.execute(LOCK_CALL, {"chunk": chunk_id, "attempt": attempt_id})
        row = cursor.fetchone()
    return _made(Chunk, CHUNK, row[: len(CHUNK)]), _made(Attempt, ATTEMPT, row[len(CHUNK) :])


_Model = TypeVar("_Model", bound=models.Model)


def _made(model: type[_Model], fields: list[str], row: tuple[Any, ...]) -> _Model:
    """The model's own way from a row; what was left out is read when somebody asks for it."""
    return model.from_db(DEFAULT_DB_ALIAS, fields, row)
