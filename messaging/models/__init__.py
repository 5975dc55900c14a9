from messaging.models.counts import CodeCount, CountedUpTo, HourlyCount, HourOfSubmission
from messaging.models.disclosures import Disclosure
from messaging.models.drafts import Draft
from messaging.models.frequency import RecentSend
from messaging.models.idempotency import IdempotencyKey
from messaging.models.incoming import DeliveryReport, ExtraMid, InboundMessage, UpstreamPayload
from messaging.models.masking import MaskedUpTo
from messaging.models.messages import Batch, Event, Message, QueuedSingle, new_id, new_ids
from messaging.models.notes import CodeNote
from messaging.models.outbox import Delivery, DeliveryTry, Endpoint
from messaging.models.outflow import GivenPage, LoginPlace
from messaging.models.refunds import RefundedUpTo
from messaging.models.rules import CodeRule
from messaging.models.submission import Attempt, Chunk
from messaging.models.trouble import Alarm, Heartbeat, Hold, JobLease

__all__ = [
    "Alarm",
    "Attempt",
    "Batch",
    "Chunk",
    "CodeCount",
    "CodeNote",
    "CodeRule",
    "CountedUpTo",
    "Delivery",
    "DeliveryReport",
    "DeliveryTry",
    "Disclosure",
    "Draft",
    "Endpoint",
    "Event",
    "ExtraMid",
    "GivenPage",
    "Heartbeat",
    "Hold",
    "HourOfSubmission",
    "HourlyCount",
    "IdempotencyKey",
    "InboundMessage",
    "JobLease",
    "LoginPlace",
    "MaskedUpTo",
    "Message",
    "QueuedSingle",
    "RecentSend",
    "RefundedUpTo",
    "UpstreamPayload",
    "new_id",
    "new_ids",
]
