"""Where a caller stands in a list or a feed, as text that it gives back unread: `<application>-<where>`.

The application stands in it for those who mix up their keys. It opens nothing: what a page holds is the caller's own.
"""

import re

from django.http import Http404
from django.utils.translation import gettext as _

from messaging.api.pages import InvalidQuery
from messaging.feed import BEGINNING, Place

EVENTS, INBOUND = "e", "i"  # each feed has its own, so that none is read from where another ended

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
    if int(match["application"]) != application_id:
        raise Http404
    return Place(int(match["position"]), int(match["entry"]))
