from messaging.models.incoming import DeliveryReport, InboundMessage, UpstreamPayload
from messaging.models.messages import Batch, Event, Message, QueuedSingle, new_id
from messaging.models.submission import Attempt, Chunk
from messaging.models.trouble import Heartbeat, Hold, JobLease

__all__ = [
    "Attempt",
    "Batch",
    "Chunk",
    "DeliveryReport",
    "Event",
    "Heartbeat",
    "Hold",
    "InboundMessage",
    "JobLease",
    "Message",
    "QueuedSingle",
    "UpstreamPayload",
    "new_id",
]
