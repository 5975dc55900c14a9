"""Pages by position: `{results, next}`, where `next` goes back as the cursor."""

import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from django.db.models import QuerySet
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from rest_framework.exceptions import APIException

from messaging.looking_back import look_back
from messaging.models import Message

DEFAULT_LIMIT = 50
MAX_LIMIT = 500


class InvalidQuery(APIException):
    status_code = 400
    default_code = "invalid_query"


def limit_of(query: Mapping[str, str]) -> int:
    """Return the page size asked for, within 1 and 500."""
    text = query.get("limit", "")
    if not text:
        return DEFAULT_LIMIT
    if not text.isascii() or not text.isdigit() or not text.strip("0"):
        raise InvalidQuery(_("`limit` must be a whole number from 1 to 500."))
    return min(int(text[:9]), MAX_LIMIT) or MAX_LIMIT


def id_of(query: Mapping[str, str], name: str) -> uuid.UUID | None:
    """Return an id from the query, or None; raise `InvalidQuery` when it is none."""
    text = query.get(name, "")
    if not text:
        return None
    try:
        return uuid.UUID(text)
    except ValueError as error:
        raise InvalidQuery(_("`%(name)s` is not an id that we gave out.") % {"name": name}) from error


def moment_of(query: Mapping[str, str], name: str) -> datetime | None:
    """Return a time with offset from the query, or None; raise `InvalidQuery`."""
    text = query.get(name, "")
    if not text:
        return None
    try:
        moment = parse_datetime(text.replace(" ", "+"))
        moment = moment.astimezone(UTC) if moment and moment.tzinfo else None
    except (ValueError, OverflowError):  # the first and last hours of time are not in every zone
        moment = None
    if moment is None:
        raise InvalidQuery(
            _("`%(name)s` must be a time with offset, such as 2026-11-22T01:00:00Z.") % {"name": name}
        )
    return moment


def newest_first(rows: QuerySet[Any], cursor: uuid.UUID | None, limit: int) -> tuple[list[Any], str | None]:
    """Return one page of ordered rows and the cursor of the next; None when there is no more."""
    if cursor:
        rows = rows.filter(pk__lt=cursor)
    return _cut(list(rows[: limit + 1]), limit)


def looked_for(
    rows: QuerySet[Message], cursor: uuid.UUID | None, limit: int
) -> tuple[list[Message], str | None]:
    """The same by what no index knows: a page may hold fewer, even none, and yet have a next one."""
    found = look_back(rows, limit + 1, before=cursor)
    page, following = _cut(found.messages, limit)
    return page, following or (str(found.since) if found.since else None)


def oldest_first(rows: QuerySet[Any], cursor: uuid.UUID | None, limit: int) -> tuple[list[Any], str | None]:
    """Return one page and the cursor of the next; None when there is no more."""
    if cursor:
        rows = rows.filter(pk__gt=cursor)
    return _cut(list(rows.order_by("pk")[: limit + 1]), limit)


def _cut(found: list[Any], limit: int) -> tuple[list[Any], str | None]:
    return found[:limit], str(found[limit - 1].pk) if len(found) > limit else None
