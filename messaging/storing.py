"""How a single message comes into the house: its row, its place in the queue and its event, together."""

from datetime import datetime

from messaging.lifecycle import tell
from messaging.models import Message, QueuedSingle
from messaging.states import EventKind, State
from messaging.text import travels_by_p2p


def store_single(message: Message, *, detail: str | None = None) -> None:
    """Store a new message, queued; to be called inside a transaction. Its event bears its id."""
    message.save(force_insert=True)
    _queue(message)
    tell(
        message.application_id, [message.pk], EventKind.ACCEPTED, State.QUEUED,
        event_id=message.pk, detail=detail,
    )  # fmt: skip


def _queue(message: Message) -> None:
    QueuedSingle(
        message_id=message.pk,
        application_id=message.application_id,
        category=message.category,
        extno=message.extno,
        mobile=message.mobile,
        p2p=travels_by_p2p(message.content or ""),
        expires_at=message.expires_at,
        **due(message.send_at),
    ).save(force_insert=True)


def due(send_at: datetime | None) -> dict[str, datetime]:
    """Return the column `due_at`; without a time the database's clock says now."""
    return {"due_at": send_at} if send_at else {}
