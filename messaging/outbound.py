"""Calls to addresses that others have filed: to the one that was judged, without redirect or proxy."""

from accounts.reach import Unreachable, address_for
from messaging.vendor.exchange import Limits, Reply, post

__all__ = ["Unreachable", "call"]


def call(url: str, body: bytes, content_type: str, limits: Limits) -> Reply:
    """POST to a URL. Raises `Unreachable` before anything leaves, and what `messaging.vendor.exchange.post` raises."""
    return post(url, body, content_type, limits, address=str(address_for(url)))
