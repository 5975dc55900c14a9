"""What applications read on and on, from where they stopped: events of their messages, and inbound messages.

A row that commits late must not appear before one that was read already. So no order that is known when a row is
written will do: rows get their `position` after commit, by one numberer at a time, and readers see numbered rows only.
"""

from messaging.feed.events import Item, Page, read_events
from messaging.feed.inbound import read_inbound
from messaging.feed.numbering import leap, number
from messaging.feed.places import BEGINNING, Place

__all__ = ["BEGINNING", "Item", "Page", "Place", "leap", "number", "read_events", "read_inbound"]
