"""The feeds: read on and on, from where one stopped."""

import re
from collections.abc import Mapping

from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import Scope
from messaging import feed
from messaging.api import pages, waiting
from messaging.api.cursors import EVENTS, INBOUND, read_place, write_place
from messaging.api.doors import ApiView
from messaging.api.feed_answers import FeedItemOut, InboundOut
from messaging.api.fields import MOBILE
from messaging.api.pages import InvalidQuery
from messaging.api.schema import page_of, problems
from messaging.api.views import LIMIT, application_of, mobile_of
from messaging.states import EVENT_TYPES

AFTER = OpenApiParameter("after", str, description="`next` of the page before; left out: from the beginning.")
SECONDS = re.compile(r"[0-9]{1,6}(\.[0-9]{1,6})?", re.ASCII)


class Events(ApiView):
    needs = {"GET": Scope.EVENTS_READ}

    @extend_schema(
        operation_id="list_events",
        parameters=[
            AFTER,
            LIMIT,
            OpenApiParameter("type", str, enum=EVENT_TYPES, description="Only these."),
            OpenApiParameter(
                "wait",
                {"type": "number", "minimum": 0, "maximum": 999999},
                description="Seconds for which to wait when there is nothing yet, 20 at most; more counts as 20. Where "
                "too many wait already, or the service is being restarted, the empty page comes at once.",
            ),
        ],
        responses={200: page_of(FeedItemOut), **problems(404)},
    )
    def get(self, request: Request) -> Response:
        """List what happened to your messages, in order. Keep `next` and give it back as `after`.

        Nothing is skipped, and nothing comes twice; an item's `id` stays. `next` stays as it is when there is no more.
        With `type` a page can be empty and yet have another `next`: so far there was none of that type.
        """
        query, application = request.query_params, application_of(request)
        place = read_place(query.get("after", ""), application.pk, EVENTS)
        reading = _Reading(application.pk, place, pages.limit_of(query), _type_of(query))
        page = waiting.wait_for(reading.look, _is_worth_an_answer, _wait_of(query), request.META)
        results = FeedItemOut(page.items, many=True).data
        return Response(
            {"results": results, "next": _next(query, application.pk, EVENTS, place, page.following)}
        )


class _Reading:
    """Looks again from where the last look ended: what was passed over is not looked through twice."""

    def __init__(self, application_id: int, place: feed.Place, limit: int, wanted: str | None) -> None:
        self._application_id = application_id
        self._place = place
        self._limit = limit
        self._wanted = wanted

    def look(self) -> feed.Page:
        feed.number()
        page = feed.read_events(self._application_id, self._place, self._limit, self._wanted)
        self._place = page.following
        return page


def _is_worth_an_answer(page: feed.Page) -> bool:
    return bool(page.items) or page.more


class Inbound(ApiView):
    needs = {"GET": Scope.INBOUND_READ}

    @extend_schema(
        operation_id="list_inbound",
        parameters=[
            AFTER,
            LIMIT,
            OpenApiParameter("mobile", MOBILE, description="Only from this number."),
        ],
        responses={200: page_of(InboundOut), **problems(404)},
    )
    def get(self, request: Request) -> Response:
        """List messages from handsets to you, in order. `next` stays as it is when there is no more.

        The order is the one in which they became yours: nothing appears before what you have read.
        """
        query, application = request.query_params, application_of(request)
        place = read_place(query.get("after", ""), application.pk, INBOUND)
        mobile, limit = mobile_of(query.get("mobile", "")), pages.limit_of(query)
        feed.number()
        rows, following = feed.read_inbound(application.pk, place, limit, mobile)
        results = InboundOut(rows, many=True).data
        return Response({"results": results, "next": _next(query, application.pk, INBOUND, place, following)})


def _next(
    query: Mapping[str, str], application_id: int, name: str, place: feed.Place, following: feed.Place
) -> str | None:
    """Return where to go on: what was given, or nothing, while nothing more was read."""
    if following == place:
        return query.get("after") or None
    return write_place(application_id, name, following)


def _type_of(query: Mapping[str, str]) -> str | None:
    wanted = query.get("type", "")
    if wanted and wanted not in EVENT_TYPES:
        raise InvalidQuery(
            _("`%(name)s` must be one of %(values)s.") % {"name": "type", "values": ", ".join(EVENT_TYPES)}
        )
    return wanted or None


def _wait_of(query: Mapping[str, str]) -> float:
    text = query.get("wait", "")
    if text and not SECONDS.fullmatch(text):
        raise InvalidQuery(_("`wait` must be a number of seconds from 0 to 20."))
    return min(float(text or 0), waiting.MOST_SECONDS)
