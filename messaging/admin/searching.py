"""Finding messages by what staff have in hand: a number, an id, a caller's reference, a `mid`; through indexes only."""

import uuid
from typing import Any

from django.db.models import QuerySet

from accounts.models import Application
from messaging.models import Batch, Chunk, DeliveryReport, Message
from messaging.numbers import normalise
from messaging.selectors import messages_in

MOST_FOUND = 1000


def find_messages(messages: QuerySet[Message], term: str) -> QuerySet[Message]:
    """Narrow messages to those a term names.

    Indexes: messages_of_mobile, the primary key, messages_of_reference, report_once (a `mid` is
    found through its reports: it stands in no index of messages, since it is written late).
    """
    if mobile := normalise(term):
        return messages.filter(mobile=mobile)
    if key := as_uuid(term):
        return _by_id(messages, key)
    return messages.filter(pk__in=[*_by_reference(term), *_by_mid(term)])


def as_uuid(term: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(term)
    except ValueError:
        return None


def by_key(rows: QuerySet[Any], term: str) -> QuerySet[Any]:
    """Narrow any rows to the one with this id; to none when the term is no id."""
    key = as_uuid(term)
    return rows.filter(pk=key) if key else rows.none()


def _by_id(messages: QuerySet[Message], key: uuid.UUID) -> QuerySet[Message]:
    """A message's own id, else that of its batch or of a chunk that held it."""
    if batch := Batch.objects.filter(pk=key).first():
        return messages_in(batch, messages)
    members = Chunk.objects.filter(pk=key).values_list("members", flat=True).first()
    return messages.filter(pk__in=members or [key])


def _by_reference(term: str) -> list[uuid.UUID]:
    """Asked apart, unordered: with ORDER BY the planner may walk the primary key instead of the index."""
    applications = list(Application.objects.values_list("pk", flat=True))
    found = Message.objects.filter(application_id__in=applications, reference=term)
    return list(found.values_list("pk", flat=True)[:MOST_FOUND])


def _by_mid(term: str) -> list[uuid.UUID]:
    found = DeliveryReport.objects.filter(mid=term, message_id__isnull=False)
    return [pk for pk in found.values_list("message_id", flat=True)[:MOST_FOUND] if pk]
