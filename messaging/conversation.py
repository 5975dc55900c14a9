"""Everything sent to a number and received from it, newest first."""

import uuid
from dataclasses import dataclass

from messaging.models import InboundMessage, Message
from messaging.selectors import with_status


@dataclass(frozen=True)
class Conversation:
    """A page of it. `older` is where the next page begins; None when there is no more."""

    items: list[Message | InboundMessage]
    older: uuid.UUID | None


def conversation(mobile: str, *, before: uuid.UUID | None = None, count: int = 50) -> Conversation:
    """Return up to `count` messages to and from `mobile` (11 digits), newest first; sent ones are `with_status`.

    Both kinds of id are made from the time, so one order fits both. Indexes: messages_of_mobile, inbound_of_mobile.
    """
    sent = with_status(Message.objects.filter(mobile=mobile)).select_related(
        "application", "upstream_account", "batch"
    )
    received = InboundMessage.objects.filter(mobile=mobile).select_related("application")
    if before:
        sent, received = sent.filter(pk__lt=before), received.filter(pk__lt=before)
    newest: list[Message | InboundMessage] = [
        *sent.order_by("-pk")[: count + 1],
        *received.order_by("-pk")[: count + 1],
    ]
    newest.sort(key=lambda item: item.pk, reverse=True)
    more = len(newest) > count
    return Conversation(newest[:count], newest[count - 1].pk if more else None)


def number_of(item_id: uuid.UUID) -> str | None:
    """Return the number that a message went to, or an inbound message came from. Primary keys."""
    for model in (Message, InboundMessage):
        mobile = model.objects.filter(pk=item_id).values_list("mobile", flat=True).first()
        if mobile:
            return str(mobile)
    return None
