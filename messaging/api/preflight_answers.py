"""The shape of the `preflight` block."""

from typing import Any

from rest_framework import serializers

from messaging.api.answers import HeldBecauseOut, Moment
from messaging.api.counts import Counts
from messaging.api.problems import OF_A_FIELD
from messaging.forecast import Unforeseen
from messaging.numbers import Carrier
from messaging.services.preflight import HAZARDS, Keeping, Preflight

UNFORESEEN = [reason.value for reason in Unforeseen]
OF_A_TIME = ("quota_exceeded", "backlog_full", "insufficient_balance")


class PreflightSignatureOut(serializers.Serializer[Any]):
    """Signatures in the texts."""

    text = serializers.CharField(
        allow_null=True, help_text="With its brackets; null: none, or not one for all."
    )
    present = serializers.BooleanField(help_text="Whether every text begins with one.")
    known = serializers.BooleanField(
        allow_null=True,
        help_text="Whether the account has them all on file; null where the vendor does not check.",
    )


class HazardOut(serializers.Serializer[Any]):
    """What may go wrong, or slowly, though it is accepted."""

    code = serializers.ChoiceField(HAZARDS)
    messages = serializers.IntegerField(help_text="How many it concerns.")
    detail = serializers.CharField()


class PreflightHoldOut(HeldBecauseOut):
    """A hold in force that would keep messages of this request."""

    messages = serializers.IntegerField(help_text="How many it would keep.")

    def to_representation(self, keeping: Keeping) -> dict[str, Any]:
        return dict(HeldBecauseOut(keeping.hold).data) | {"messages": keeping.messages}


class PreflightProblemOut(serializers.Serializer[Any]):
    """One thing that keeps a message from being accepted."""

    pointer = serializers.CharField(
        help_text="JSON pointer (RFC 6901) into the body; empty: the whole of it."
    )
    code = serializers.ChoiceField([*OF_A_FIELD, *OF_A_TIME])
    detail = serializers.CharField()


class EstimateOut(serializers.Serializer[Any]):
    """When the last message of the request would be submitted."""

    at = Moment(allow_null=True)
    seconds = serializers.FloatField(allow_null=True, help_text="From now.")
    reason = serializers.ChoiceField(
        UNFORESEEN, allow_null=True, help_text="Why nobody can say; null where there is a time."
    )
    due_messages = serializers.IntegerField(
        allow_null=True, help_text="What waits in this lane now, yours and others'. Applications take turns."
    )
    messages_per_second = serializers.FloatField(
        allow_null=True, help_text="How quickly the account took messages of this lane in the last minutes."
    )


class PreflightOut(serializers.Serializer[Any]):
    """What would become of a request, as far as anybody can know."""

    total = serializers.IntegerField(help_text="Recipients given.")
    accepted = serializers.IntegerField(help_text="Messages that would be accepted.")
    parts = serializers.IntegerField(
        help_text="What carriers bill, all messages together: 70 characters are one part, then 67 each."
    )
    characters = serializers.IntegerField(
        allow_null=True, help_text="Of the longest text, signature included; an emoji is two."
    )
    cost = serializers.IntegerField(
        allow_null=True,
        help_text="By your application's own price, else by the account's; null: there is none.",
    )
    unit = serializers.ChoiceField(["0.001 CNY"], default="0.001 CNY")
    carrier = serializers.ChoiceField(
        list(Carrier), allow_null=True, help_text="Null: not one for all numbers."
    )
    carriers = Counts(help_text="Numbers of each carrier.")
    account = serializers.CharField(allow_null=True, help_text="The upstream account that would take it.")
    signature = PreflightSignatureOut(allow_null=True)
    hazards = HazardOut(many=True)
    problems = PreflightProblemOut(
        many=True, help_text="The first hundred; `POST messages` would refuse them."
    )
    holds = PreflightHoldOut(many=True)
    estimate = EstimateOut()


def preflight_body(preflight: Preflight) -> dict[str, Any]:
    """Return the block."""
    return dict(PreflightOut(preflight).data)
