"""Newest first by what no index knows: a look back in growing steps, for a second at most.

An index on the state would make every report an index write, and the row would no longer stay on its page. So a rare
state is looked for among the newest messages, then among older ones; who wants more goes on from there.
"""

import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db.models import QuerySet

from messaging.ids import first_id, moment_of
from messaging.models import Message

MOST_SECONDS = 1.0  # then no further step is taken
FIRST_STEP = timedelta(days=1)


@dataclass(frozen=True)
class Found:
    """Messages, newest first. `since`: all from this id on were looked at; None when there are no older ones."""

    messages: list[Message]
    since: uuid.UUID | None


def look_back(messages: QuerySet[Message], count: int, *, before: uuid.UUID | None = None) -> Found:
    """Return up to `count` of messages that are ordered newest first, from those made before an id on.

    Index: the primary key, or messages_of_application, by range.
    """
    until = time.monotonic() + MOST_SECONDS
    oldest = Message.objects.order_by("pk").values_list("pk", flat=True).first()
    found: list[Message] = []
    ceiling, step = before, FIRST_STEP
    while oldest and len(found) < count and not (ceiling and ceiling <= oldest):
        floor = max(oldest, first_id(_moment(ceiling) - step))
        stretch = messages.filter(pk__gte=floor)
        if ceiling:
            stretch = stretch.filter(pk__lt=ceiling)
        found += stretch[: count - len(found)]
        ceiling, step = floor, step * 2
        if time.monotonic() > until:
            break
    done = oldest is None or (ceiling is not None and ceiling <= oldest)
    return Found(found, None if done else ceiling)


def look_to_the_end(messages: QuerySet[Message], size: int) -> Iterator[list[Message]]:
    """Yield all of them in pages, in statements that look at no more than `look_back` does."""
    found = look_back(messages, size)
    while True:
        if found.messages:
            yield found.messages
        is_full = len(found.messages) == size
        if not is_full and found.since is None:
            return
        found = look_back(messages, size, before=found.messages[-1].pk if is_full else found.since)


def _moment(ceiling: uuid.UUID | None) -> datetime:
    """Of an id from far away: now. It is not ours, or its clock is wrong."""
    now = datetime.now(UTC)
    return min(moment_of(ceiling) or now, now) if ceiling else now
