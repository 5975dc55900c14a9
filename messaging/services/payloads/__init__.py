"""What the gateway hands us: the raw body is committed before anything in it is read."""

from messaging.models import UpstreamPayload
from messaging.services.payloads.pulling import pull, pull_turn
from messaging.services.payloads.pushing import receive_push
from messaging.services.payloads.reading import read, read_waiting
from messaging.services.payloads.sweeping import replay_spool, sweep_fetches

Kind = UpstreamPayload.Kind

__all__ = [
    "Kind",
    "pull",
    "pull_turn",
    "read",
    "read_waiting",
    "receive_push",
    "replay_spool",
    "sweep_fetches",
]
