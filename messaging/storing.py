"""How messages come into the house: their rows, their place in the queue and their event, together."""

import uuid
from collections.abc import Iterable, Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from itertools import repeat
from typing import Any

from django.db import connection, transaction
from psycopg.types.json import Jsonb

from accounts.ledger import CHARGE, charge, floor_told, price_for
from messaging.frequency import TAKE, Share
from messaging.models import Batch, Message, new_id
from messaging.models.submission import Mode
from messaging.once import KEEP, Once, keep, twin_told
from messaging.prepared import prepared_cursor
from messaging.recipients import Rows
from messaging.states import Derived, EventKind, State
from messaging.text import travels_by_p2p

# One statement is one round trip and one commit. The event bears the message's id. What else is asked for goes in
# front: a number that has had its share stores nothing, and a key whose twin was first undoes all of it.
WITH_SHARE = f"share AS ({TAKE}),"
WITH_KEY = f"key AS ({KEEP} {{if_shared}}),"
WITH_CHARGE = f", charged AS ({CHARGE.format(stored='message')})"
IF_SHARED = "WHERE EXISTS (SELECT FROM share)"
STORE_SINGLE = """
WITH {share} {key} message AS (
    INSERT INTO messaging_message
        (id, application_id, mobile, content, category, extno, reference, parts, created_at, send_at, expires_at,
         resend_of, possible_duplicate, price)
    SELECT %(id)s::uuid, %(application)s::bigint, %(mobile)s::text, %(content)s::text, %(category)s::text,
           %(extno)s::text, %(reference)s::text, %(parts)s::smallint,
           coalesce(%(created_at)s::timestamptz, statement_timestamp()), %(send_at)s::timestamptz,
           %(expires_at)s::timestamptz, %(resend_of)s::uuid, %(possible_duplicate)s::bool, %(price)s::int
    {if_shared}
    RETURNING id, application_id, category, extno, mobile, created_at, send_at, expires_at, parts, price
), queued AS (
    INSERT INTO messaging_queuedsingle
        (message_id, application_id, category, extno, mobile, p2p, expires_at, due_at)
    SELECT id, application_id, category, extno, mobile, %(p2p)s::bool, expires_at, coalesce(send_at, created_at)
    FROM message
), told AS (
    INSERT INTO messaging_event (id, application_id, kind, message_ids, statuses, detail)
    SELECT id, application_id, %(kind)s::text, ARRAY[id], ARRAY[%(state)s::text], %(detail)s::text FROM message
) {charged}
SELECT created_at, coalesce(send_at > created_at, false), EXISTS (SELECT FROM messaging_hold WHERE ended_at IS NULL)
FROM message
"""


@cache
def _storing_statement(*, shared: bool, keyed: bool, charged: bool) -> str:
    if_shared = IF_SHARED if shared else ""
    key = WITH_KEY.format(if_shared=if_shared) if keyed else ""
    return STORE_SINGLE.format(
        share=WITH_SHARE if shared else "",
        key=key,
        if_shared=if_shared,
        charged=WITH_CHARGE if charged else "",
    )


@dataclass(frozen=True)
class Stored:
    """What the database said of a single it has just taken. `something_is_held` may be about others."""

    status: str
    something_is_held: bool


@dataclass(frozen=True)
class Answered:
    """The answer that is stored with what it tells of, so that the same request gets it again."""

    once: Once
    answer: bytes


def store_single(
    message: Message,
    *,
    detail: str | None = None,
    answered: Answered | None = None,
    share: Share | None = None,
) -> Stored:
    """Store a new message, queued, by a statement of its own or as part of the caller's transaction.

    The message's fields then are what a reader would find. Raises `TwinWasFirst`, `TooOften`, `NoCredit`.
    """
    as_new(message)
    message.price = price_for(message.application)
    values = _single(message) | {"detail": detail}
    if answered:
        values |= answered.once.row(message.pk, answered.answer)
    if share:
        values |= share.asked
    statement = _storing_statement(
        shared=share is not None, keyed=answered is not None, charged=message.price is not None
    )
    # A refusal leaves the rest of somebody else's transaction whole.
    apart = (
        transaction.atomic() if message.price is not None and connection.in_atomic_block else nullcontext()
    )
    with twin_told(), floor_told(), apart, prepared_cursor() as cursor:
        cursor.execute(statement, values)
        row = cursor.fetchone()
    if share and row is None:
        raise share.refusal()
    message.created_at, scheduled, held = row
    return Stored(Derived.SCHEDULED if scheduled else State.QUEUED, held)


def as_new(message: Message) -> None:
    """Give a message that is not stored yet the fields that its row will have."""
    message.state, message.certain = State.QUEUED, True
    message.possible_duplicate = message.resend_of is not None


READ_SINGLE = """
SELECT created_at, coalesce(send_at > created_at, false) FROM messaging_message WHERE id = %s
"""


def read_single_again(message: Message) -> Stored:
    """Return what is known of a single that was stored, though nobody heard so."""
    with connection.cursor() as cursor:
        cursor.execute(READ_SINGLE, [message.pk])
        message.created_at, scheduled = cursor.fetchone()
    return Stored(Derived.SCHEDULED if scheduled else State.QUEUED, something_is_held=True)


def _single(message: Message) -> dict[str, Any]:
    return {
        "id": message.pk,
        "application": message.application_id,
        "mobile": message.mobile,
        "content": message.content,
        "category": message.category,
        "extno": message.extno,
        "reference": message.reference,
        "parts": message.parts,
        "created_at": message.created_at if isinstance(message.created_at, datetime) else None,
        "send_at": message.send_at,
        "expires_at": message.expires_at,
        "resend_of": message.resend_of,
        "possible_duplicate": message.possible_duplicate,
        "price": message.price,
        "entry": uuid.uuid4(),
        "p2p": travels_by_p2p(message.content or ""),
        "kind": EventKind.ACCEPTED.value,
        "state": message.state,
    }


# One row for the batch, then three sets by COPY, which is five times faster than rows of VALUES.
STORE_BATCH = """
INSERT INTO messaging_batch
    (id, application_id, category, content, extno, total, accepted, rejected, send_at, expires_at,
     created_at, first_message_id, last_message_id, sent_by, login_id, access_code)
VALUES (%(id)s, %(application)s, %(category)s, %(content)s, %(extno)s, %(total)s, %(accepted)s, %(rejected)s,
        %(send_at)s, %(expires_at)s, coalesce(%(created_at)s, statement_timestamp()), %(first)s, %(last)s, %(sent_by)s,
        %(login)s, %(access_code)s)
RETURNING created_at, coalesce(send_at > created_at, false)
"""
COPY_CHUNKS = """
COPY messaging_chunk (id, mode, members, size, due_at, application_id, batch_id, category, extno, expires_at) FROM STDIN
"""
COPY_MESSAGES = """
COPY messaging_message
    (id, mobile, content, reference, parts, chunk_id, application_id, batch_id, category, extno, send_at, expires_at,
     price)
FROM STDIN
"""
COPY_EVENT = "COPY messaging_event (id, application_id, kind, message_ids, statuses) FROM STDIN"

ESCAPED = str.maketrans({"\\": r"\\", "\t": r"\t", "\n": r"\n", "\r": r"\r"})


@dataclass(frozen=True)
class Slice:
    """The rows of a batch, by their places, that make one chunk."""

    mode: Mode
    places: Sequence[int]


def store_batch(batch: Batch, rows: Rows, slices: Sequence[Slice], answered: Answered | None = None) -> str:
    """Store a batch, its chunks, its messages and their event, inside a transaction; return the status they have.

    `batch.created_at` becomes what the database says. Raises `TwinWasFirst`, `NoCredit`.
    """
    price = price_for(batch.application)
    if answered:
        keep(answered.once, batch.pk, answered.answer)
    with connection.cursor() as cursor:
        cursor.execute(STORE_BATCH, _batch(batch, rows))
        batch.created_at, scheduled = cursor.fetchone()
        chunk_ids = [new_id() for _slice in slices]
        for statement, lines in (
            (COPY_CHUNKS, _chunk_lines(batch, rows, slices, chunk_ids)),
            (COPY_MESSAGES, _message_lines(batch, rows, slices, chunk_ids, price)),
            (COPY_EVENT, [_event_line(batch, rows)]),
        ):
            with connection.wrap_database_errors, cursor.copy(statement) as copy:
                copy.write("".join(lines))
    if price is not None:
        charge(batch.application_id, parts=rows.parts_of_all, price=price, subject=batch.pk)
    return Derived.SCHEDULED if scheduled else State.QUEUED


READ_BATCH = """
SELECT created_at, coalesce(send_at > created_at, false) FROM messaging_batch WHERE id = %s
"""


def read_batch_again(batch: Batch) -> str:
    """Return the status of a batch's messages, which were stored, though nobody heard so."""
    with connection.cursor() as cursor:
        cursor.execute(READ_BATCH, [batch.pk])
        batch.created_at, scheduled = cursor.fetchone()
    return Derived.SCHEDULED if scheduled else State.QUEUED


def _batch(batch: Batch, rows: Rows) -> dict[str, Any]:
    return {
        "id": batch.pk,
        "application": batch.application_id,
        "category": batch.category,
        "content": batch.content,
        "extno": batch.extno,
        "total": batch.total,
        "accepted": batch.accepted,
        "rejected": Jsonb(batch.rejected),
        "created_at": batch.created_at if isinstance(batch.created_at, datetime) else None,
        "send_at": batch.send_at,
        "expires_at": batch.expires_at,
        "first": rows.ids[0],
        "last": rows.ids[-1],
        "sent_by": batch.sent_by,
        "login": batch.login_id,
        "access_code": batch.access_code,
    }


def _chunk_lines(
    batch: Batch, rows: Rows, slices: Iterable[Slice], chunk_ids: Iterable[uuid.UUID]
) -> Iterator[str]:
    shared = _line(batch.send_at or batch.created_at, batch.application_id, batch.pk, batch.category, batch.extno,
                   batch.expires_at)  # fmt: skip
    for chunk_id, piece in zip(chunk_ids, slices, strict=True):
        members = ",".join([rows.ids[place] for place in piece.places])
        yield f"{chunk_id}\t{piece.mode}\t{{{members}}}\t{len(piece.places)}\t{shared}\n"


def _message_lines(
    batch: Batch, rows: Rows, slices: Iterable[Slice], chunk_ids: Iterable[uuid.UUID], price: int | None
) -> Iterator[str]:
    """A string for each chunk: what ten thousand rows have in common is written into it as it stands."""
    for chunk_id, piece in zip(chunk_ids, slices, strict=True):
        shared = _line(chunk_id, batch.application_id, batch.pk, batch.category, batch.extno, batch.send_at,
                       batch.expires_at, price)  # fmt: skip
        columns = zip(
            _picked(rows.ids, piece.places),
            _picked(rows.mobiles, piece.places),
            map(_field, _picked(rows.contents, piece.places)),
            map(_field, _picked(rows.references, piece.places)),
            _picked(rows.parts, piece.places),
            strict=False,  # what is the same for all is repeated for ever
        )
        yield "".join(
            [f"{pk}\t{mobile}\t{content}\t{reference}\t{parts}\t{shared}\n"
             for pk, mobile, content, reference, parts in columns]
        )  # fmt: skip


def _picked(column: Sequence[Any] | int | None, places: Sequence[int]) -> Iterable[Any]:
    """The values at some places; of what all share, as many as anybody wants."""
    if column is None or isinstance(column, int):
        return repeat(column)
    return [column[place] for place in places]


def _event_line(batch: Batch, rows: Rows) -> str:
    """The event of an accepted batch bears the batch's id."""
    statuses = ",".join([State.QUEUED.value] * len(rows.ids))
    ids = ",".join(rows.ids)
    return f"{batch.pk}\t{batch.application_id}\t{EventKind.ACCEPTED.value}\t{{{ids}}}\t{{{statuses}}}\n"


def _line(*values: object) -> str:
    return "\t".join(map(_field, values))


def _field(value: object) -> str:
    """A value as COPY reads it (PostgreSQL's documentation, COPY, "Text Format")."""
    return r"\N" if value is None else str(value).translate(ESCAPED)
