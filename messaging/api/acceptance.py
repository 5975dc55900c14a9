"""What is answered to what was accepted, beside the message or the batch itself."""

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _
from rest_framework import serializers

from messaging.api.answers import BatchOut, MessageOut
from messaging.api.preflight_answers import PreflightOut
from messaging.echoes import Echo


class WarningOut(serializers.Serializer[Any]):
    code = serializers.ChoiceField(["same_content"])
    detail = serializers.CharField()
    to = serializers.CharField()
    message = serializers.UUIDField(help_text="The message that brought the same text.")


class AcceptedMessageOut(MessageOut):
    """A message as it was accepted."""

    warnings = WarningOut(many=True, required=False, help_text="Only where your application asks for them.")
    preflight = PreflightOut(required=False, help_text="Only with `?preflight=1`.")


class AcceptedBatchOut(BatchOut):
    """A batch as it was accepted."""

    warnings = WarningOut(many=True, required=False, help_text="Only where your application asks for them.")
    preflight = PreflightOut(required=False, help_text="Only with `?preflight=1`.")


def warnings_of(echoes: Sequence[Echo]) -> dict[str, Any]:
    """Return the field `warnings`; nothing where there are none."""
    detail = _("This number had the same text a short while ago. It is sent again; is that what you want?")
    found = [
        {"code": "same_content", "detail": detail, "to": echo.mobile, "message": str(echo.message_id)}
        for echo in echoes
    ]
    return {"warnings": found} if found else {}
