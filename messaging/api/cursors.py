"""Where a caller stands in a list or a feed, as text that it gives back unread: `<application>-<where>`.

The application stands in it for those who mix up their keys. It opens nothing: what a page holds is the caller's own.
"""

import re
import uuid

from django.http import Http404
from django.utils.translation import gettext as _

from messaging.api.pages import InvalidQuery
from messaging.feed import BEGINNING, Place

EVENTS, INBOUND = "e", "i"  # each feed has its own, so that none is read from where another ended

KEY = re.compile(r"(?P<application>[0-9]{1,18})-(?P<key>[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})")
# Numbers that PostgreSQL can hold.
PLACE = re.compile(
    r"(?P<application>[0-9]{1,18})-(?P<feed>[a-z])(?P<position>[0-9]{1,18})-(?P<entry>[0-9]{1,6})"
)


def write_place(application_id: int, feed: str, place: Place) -> str:
    return f"{application_id}-{feed}{place.position}-{place.entry}"


def read_place(text: str, application_id: int, feed: str) -> Place:
    """Return the place that `after` names; an empty one is the beginning.

    Raises `InvalidQuery` for what is none of this feed's, `Http404` for another application's.
    """
    if not text:
        return BEGINNING
    match = PLACE.fullmatch(text)
    if match is None or match["feed"] != feed:
        raise InvalidQuery(_("`after` is not a `next` of this feed. Leave it out to begin at the beginning."))
    _refuse_unless_of(application_id, match)
    return Place(int(match["position"]), int(match["entry"]))


def write_key(application_id: int, key: str | None) -> str | None:
    """Return the `next` of a list that goes on behind this key; None where it ends."""
    return f"{application_id}-{key}" if key else None


def read_key(text: str, application_id: int) -> uuid.UUID | None:
    """Return the key that `cursor` names; None for the first page. Raises as `read_place` does."""
    if not text:
        return None
    match = KEY.fullmatch(text)
    if match is None:
        raise InvalidQuery(_("`cursor` is not a `next` of a list. Leave it out to begin at the first page."))
    _refuse_unless_of(application_id, match)
    return uuid.UUID(match["key"])


def _refuse_unless_of(application_id: int, match: re.Match[str]) -> None:
    if int(match["application"]) != application_id:
        raise Http404
