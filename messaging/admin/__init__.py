"""What staff see: each message's whole life, what is stuck and why, what a code means, what credit is left."""

from messaging.admin import (
    alarms,
    bookkeeping,
    disclosures,
    holds,
    inbound,
    logins,
    outflow,
    payloads,
    purses,
    reports,
    routes,
    senders,
    upstream,
)
from messaging.admin.batch import page as batches
from messaging.admin.message import page as messages
from messaging.admin.overview import dashboard
from messaging.admin.stuck import classifying

__all__ = [
    "alarms",
    "batches",
    "bookkeeping",
    "classifying",
    "dashboard",
    "disclosures",
    "holds",
    "inbound",
    "logins",
    "messages",
    "outflow",
    "payloads",
    "purses",
    "reports",
    "routes",
    "senders",
    "upstream",
]
