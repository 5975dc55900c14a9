"""Drafts: what staff are about to send, kept from the form to the button, and found again until it is over."""

import hashlib
import json
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection
from django.db.models import QuerySet
from django.db.models.functions import Now
from django.utils import timezone

from accounts.encryption import open_bytes, seal_bytes
from messaging.models import Draft, IdempotencyKey
from messaging.recipients import LISTED_PROBLEMS, Recipients, read_many
from messaging.routing import Sender
from messaging.sheets import Entry

KEPT_SECONDS = (
    24 * 3600
)  # less than a key is kept: what was sent from a draft is known as long as the draft is
OPERATION = "draft"


@dataclass(frozen=True)
class RefusedRow:
    """A row of the list that will not be sent. `row` counts from 1."""

    row: int
    to: str
    code: str
    detail: str


@dataclass(frozen=True)
class Letter:
    """Texts and whom they go to, as parallel columns; what can't go was taken out.

    `content` is the text for all, or None where `contents` has one for each. Of the `refused` rows the first hundred
    are listed. `source` says, in words, how the list was read.
    """

    content: str | None
    mobiles: Sequence[str]
    contents: Sequence[str] | None
    references: Sequence[str | None] | None
    refused: int
    refusals: Sequence[RefusedRow]
    source: str = ""

    @property
    def unlisted(self) -> int:
        """How many refused rows are not listed."""
        return self.refused - len(self.refusals)

    def recipients(self, places: slice = slice(None)) -> Recipients:
        """Return those at some places, as intake takes them."""
        return Recipients(
            self.mobiles[places],
            self.contents and self.contents[places],
            self.references and self.references[places],
        )

    def pieces(self) -> Iterator[Recipients]:
        """Yield as many as one batch takes, in order."""
        for start in range(0, len(self.mobiles), settings.MAX_RECIPIENTS):
            yield self.recipients(slice(start, start + settings.MAX_RECIPIENTS))


def write_letter(content: str | None, entries: Sequence[Entry], sender: Sender, source: str = "") -> Letter:
    """Sort the good entries from the others; raise `Invalid` for the text that all share."""
    given = Recipients(
        [entry.to for entry in entries],
        [entry.content for entry in entries],
        [entry.reference for entry in entries],
    )
    rows, refusals = read_many(content, given, sender)
    listed = [RefusedRow(entries[r.index].row, r.to, r.code, r.detail) for r in refusals[:LISTED_PROBLEMS]]
    if rows is None:
        return Letter(content, [], None, None, len(refusals), listed, source)
    references = rows.references if rows.references and any(rows.references) else None
    return Letter(content, rows.mobiles, rows.contents, references, len(refusals), listed, source)


def keep_draft(letter: Letter, options: Mapping[str, Any], *, form: UUID, made_by: str) -> Draft:
    """Store a draft; `options` are its application, category, extno and aware times."""
    draft = Draft(form=form, made_by=made_by, **options)
    body = json.dumps(asdict(letter), ensure_ascii=False).encode()
    draft.fingerprint = hashlib.sha256(_head(draft) + body).digest()
    draft.body = seal_bytes(zlib.compress(body))
    draft.save(force_insert=True)
    return draft


def _head(draft: Draft) -> bytes:
    times = [moment and moment.isoformat() for moment in (draft.send_at, draft.expires_at)]
    return json.dumps([draft.application_id, draft.category, draft.extno, *times]).encode()


def open_letter(draft: Draft) -> Letter | None:
    """Return what a draft would send; None where it was sent. Raises `WrongEncryptionKey`."""
    if draft.body is None:
        return None
    read = json.loads(zlib.decompress(open_bytes(bytes(draft.body))))
    refusals = [RefusedRow(**refusal) for refusal in read.pop("refusals")]
    return Letter(**read, refusals=refusals)


def drafts_of(made_by: str) -> QuerySet[Draft]:
    """Return what somebody may still look at or send."""
    since = timezone.now() - timedelta(seconds=KEPT_SECONDS)
    return Draft.objects.filter(made_by=made_by, created_at__gt=since).select_related("application")


def key_of(draft: Draft, piece: int) -> str:
    """Return the key under which a piece of a draft, counted from 0, is accepted once."""
    return f"{draft.form}/{piece:03}"


def batches_of(draft: Draft) -> list[UUID]:
    """Return the batches that were made of a draft, in order: each was stored together with its key."""
    keys = IdempotencyKey.objects.filter(
        application=draft.application_id,
        operation=OPERATION,
        key__startswith=f"{draft.form}/",
        fingerprint=bytes(draft.fingerprint),
    )
    return [*keys.order_by("key").values_list("subject_id", flat=True)]


def mark_sent(draft: Draft) -> None:
    """Everything was accepted: numbers and texts now stand in the messages."""
    Draft.objects.filter(pk=draft.pk, sent_at=None).update(sent_at=Now(), body=None)


FORGET = """
DELETE FROM messaging_draft WHERE id IN (
    SELECT id FROM messaging_draft
    WHERE created_at < statement_timestamp() - make_interval(secs => %(kept)s) ORDER BY created_at LIMIT %(most)s
    FOR UPDATE SKIP LOCKED)
"""


def forget_old(most: int) -> int:
    """Delete drafts that are over; return how many. Index: drafts_by_age."""
    with connection.cursor() as cursor:
        cursor.execute(FORGET, {"kept": KEPT_SECONDS, "most": most})
        return int(cursor.rowcount)
