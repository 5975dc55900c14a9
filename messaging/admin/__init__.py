"""What staff see: each message's whole life, what is stuck and why, what a code means, what credit is left."""

from messaging.admin import (
    alarms,
    batches,
    bookkeeping,
    dashboard,
    holds,
    inbound,
    messages,
    payloads,
    reports,
    routes,
    upstream,
)

__all__ = [
    "alarms",
    "batches",
    "bookkeeping",
    "dashboard",
    "holds",
    "inbound",
    "messages",
    "payloads",
    "reports",
    "routes",
    "upstream",
]
