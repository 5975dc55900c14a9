"""Inbound messages of one application, in the order in which it may read them."""

from messaging.feed.places import Place, after_set
from messaging.models import InboundMessage


def read_inbound(
    application_id: int, place: Place, limit: int, mobile: str | None = None
) -> tuple[list[InboundMessage], Place]:
    """Return up to `limit` messages from a place on, of one number or of all, and where to go on.

    Indexes: inbound_of_feed, or inbound_of_mobile. `number` makes them up to date.
    """
    found = InboundMessage.objects.filter(application=application_id, position__gte=place.position)
    if mobile:
        found = found.filter(mobile=mobile)
    rows = list(found.order_by("position")[:limit])
    return rows, after_set(rows[-1].position) if rows and rows[-1].position else place
