"""The shapes of what stands in the feeds."""

from typing import Any

from rest_framework import serializers

from messaging.api.answers import CodeOut, Moment, explained_as_written, in_utc
from messaging.states import EVENT_TYPES, STATUSES


class FeedMessageOut(serializers.Serializer[Any]):
    """A message as it was when something happened to it."""

    id = serializers.UUIDField()
    status = serializers.ChoiceField(STATUSES)
    reference = serializers.CharField(allow_null=True, help_text="Null, too, once the message is deleted.")
    to = serializers.CharField(allow_null=True, help_text="Null once the message is deleted, by its age.")
    mid = serializers.CharField(allow_null=True)
    code = CodeOut(allow_null=True)


class FeedItemOut(serializers.Serializer[Any]):
    """What happened to one message."""

    id = serializers.CharField(help_text="Stays the same, however often it is read.")
    type = serializers.ChoiceField(EVENT_TYPES)
    at = Moment()
    message = FeedMessageOut()

    def to_representation(self, item: Any) -> dict[str, Any]:
        """What the fields above say, written out: a page of five hundred takes a tenth of the time."""
        message = {
            "id": str(item.message_id),
            "status": item.status,
            "reference": item.reference,
            "to": item.mobile,
            "mid": item.mid,
            "code": explained_as_written(item.code),
        }
        return {"id": item.id, "type": item.type, "at": in_utc(item.at), "message": message}


class InboundOut(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    to = serializers.CharField(source="access_code")
    content = serializers.CharField()
    received_at = Moment()
    sent_at = Moment(allow_null=True)
    in_reply_to = serializers.UUIDField(allow_null=True)

    def get_fields(self) -> dict[str, Any]:
        """`from` is a word of Python, so the field gets its name here."""
        fields = super().get_fields()
        return {"id": fields.pop("id"), "from": serializers.CharField(source="mobile"), **fields}
