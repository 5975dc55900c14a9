"""The shapes of what callers send."""

from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _
from drf_spectacular.utils import PolymorphicProxySerializer
from rest_framework import serializers

from messaging.api.fields import (
    Choice,
    Entries,
    Extno,
    Mobile,
    Moment,
    Numbers,
    Spoken,
    StrictSerializer,
    Text,
)
from messaging.recipients import MAX_REFERENCE, Item, Recipients
from messaging.services.intake import Options
from messaging.states import Category
from messaging.timing import time_problems


class OptionsIn(StrictSerializer):
    category = Choice(
        Category.choices,
        default=Category.NOTIFICATION,
        help_text="Decides the lane. otp does not wait behind others.",
    )
    extno = Extno(required=False, allow_null=True, help_text="An access number leased to your application.")
    send_at = Moment(required=False, allow_null=True, help_text="Not before; at most 30 days ahead.")
    expires_at = Moment(required=False, allow_null=True, help_text="Never sent after this.")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        for problem in time_problems(attrs.get("send_at"), attrs.get("expires_at")):
            _refuse(problem.pointer.removeprefix("/"), problem.code, problem.detail)
        return attrs


def _refuse(field: str, code: str, detail: str) -> None:
    raise serializers.ValidationError({field: serializers.ErrorDetail(detail, code=code)})


def options_of(data: dict[str, Any]) -> Options:
    """Return the options of a validated request."""
    return Options(
        category=data["category"],
        extno=data.get("extno") or None,
        send_at=data.get("send_at"),
        expires_at=data.get("expires_at"),
    )


class MessageIn(OptionsIn):
    """One text to one number."""

    to = Mobile(
        max_length=40,
        help_text="A mainland China mobile number: 11 digits, +86 may stand in front.",
    )
    content = Spoken(
        help_text="The text, signature in front: 【Acme】4711. 70 characters are one part, then 67 each.",
    )
    reference = Text(
        required=False,
        allow_null=True,
        allow_blank=True,
        max_length=MAX_REFERENCE,
        help_text="Your own label; answered with the message.",
    )

    def item(self) -> Item:
        data = self.validated_data
        return Item(to=data["to"], content=data["content"], reference=data.get("reference"))


class BatchOptionsIn(OptionsIn):
    on_invalid = Choice(
        ["reject", "skip"],
        default="reject",
        help_text="reject: one bad recipient refuses all. skip: the good ones are accepted, the bad ones listed.",
    )


class BatchOfNumbersIn(BatchOptionsIn):
    """One text for many numbers."""

    to = Numbers(help_text="Numbers that get the same `content`.")
    content = Spoken(help_text="The text for all.")


class BatchOfMessagesIn(BatchOptionsIn):
    """Recipients with their own text or reference."""

    messages = Entries(help_text="Each with its own `content`, unless `content` is the text for all.")
    content = Spoken(required=False, help_text="One text for all.")


BATCH_FORMS = PolymorphicProxySerializer(
    "BatchIn", [BatchOfNumbersIn, BatchOfMessagesIn], resource_type_field_name=None
)

CHECKED_FORMS = PolymorphicProxySerializer(
    "CheckedIn", [MessageIn, BatchOfNumbersIn, BatchOfMessagesIn], resource_type_field_name=None
)


class BatchIn(BatchOptionsIn):
    """A batch in either form."""

    to = Numbers(required=False)
    content = Spoken(required=False)
    messages = Entries(required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        attrs = super().validate(attrs)
        if ("to" in attrs) == ("messages" in attrs):
            _refuse("to", "to_or_messages", _("Give either `to` with `content`, or `messages`."))
        if "to" in attrs and "content" not in attrs:
            _refuse("content", "required", _("`to` needs `content`, the text for all."))
        self._check_count(self._recipients(attrs))
        self._check_texts(attrs)
        return attrs

    def _check_count(self, recipients: Recipients) -> None:
        field, count = recipients.field, len(recipients.to)
        if count == 0:
            _refuse(field, "no_recipients", _("Give at least one recipient."))
        if count > settings.MAX_RECIPIENTS:
            text = _(
                "%(count)d recipients are too many: at most %(limit)d in one request. Split it into several."
            )
            _refuse(field, "too_many_recipients", text % {"count": count, "limit": settings.MAX_RECIPIENTS})

    def _check_texts(self, attrs: dict[str, Any]) -> None:
        if "content" not in attrs:
            return
        for index, content in enumerate(self._recipients(attrs).contents or ()):
            if content is not None:
                detail = _("Either the batch has one `content` for all, or each message its own.")
                error = {"content": serializers.ErrorDetail(detail, code="two_contents")}
                raise serializers.ValidationError({"messages": {str(index): error}})

    def _recipients(self, attrs: dict[str, Any]) -> Recipients:
        recipients: Recipients = attrs["to"] if "to" in attrs else attrs["messages"]
        return recipients

    def recipients(self) -> Recipients:
        return self._recipients(self.validated_data)
