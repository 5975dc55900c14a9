"""The shapes of what callers get."""

from datetime import UTC, datetime
from typing import Any

from django.utils.translation import get_language
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from messaging import selectors
from messaging.api.counts import Counts
from messaging.api.problems import OF_A_RECIPIENT
from messaging.holding import Restraints
from messaging.models import Batch, Hold, Message
from messaging.services.cancelling import Cancellation
from messaging.states import EVENT_TYPES, FINAL, STATUSES, Category
from messaging.vendor.codes import Code, Retry, Table, Who, Words, lookup


class Moment(serializers.DateTimeField):
    """RFC 3339 in UTC, wherever staff may be."""

    def __init__(self, **options: Any) -> None:
        super().__init__(default_timezone=UTC, **options)


def in_utc(moment: datetime | None) -> str | None:
    """Return an aware time as `Moment` does."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z") if moment else None


def say(words: Words) -> str:
    """Return the words in the language of the request."""
    return words.zh if (get_language() or "").startswith("zh") else words.en


WHO = [who.value for who in Who]
HOLD_CAUSES = [*Hold.Cause.values, selectors.NO_ROUTE.cause, selectors.POISON.cause]
HOLD_SCOPES = [*Hold.Scope.values, selectors.POISON.scope]


class CodeOut(serializers.Serializer[Any]):
    """One row of the dictionary."""

    table = serializers.ChoiceField([table.value for table in Table])
    code = serializers.CharField()
    meaning = serializers.SerializerMethodField()
    cause = serializers.SerializerMethodField()
    action = serializers.SerializerMethodField(help_text="The next step.")
    who = serializers.ChoiceField(WHO, help_text="Who must act.")
    retry = serializers.ChoiceField([retry.value for retry in Retry])
    known = serializers.BooleanField(help_text="False: in no table; kept as the vendor wrote it.")

    def get_meaning(self, code: Code) -> str:
        return say(code.meaning)

    def get_cause(self, code: Code) -> str:
        return say(code.cause)

    def get_action(self, code: Code) -> str:
        return say(code.action)


class HeldBecauseOut(serializers.Serializer[Any]):
    """Why a message is not sent now."""

    cause = serializers.ChoiceField(HOLD_CAUSES)
    scope = serializers.ChoiceField(HOLD_SCOPES)
    account = serializers.CharField(allow_null=True)
    since = Moment(allow_null=True)
    code = serializers.SerializerMethodField()

    @extend_schema_field(CodeOut(allow_null=True))
    def get_code(self, because: selectors.HeldBecause) -> dict[str, Any] | None:
        return explained(because.code_table, because.code)


def explained(table: str | None, code: str | None) -> dict[str, Any] | None:
    """Return a stored code with its explanation; None where there is none."""
    return dict(CodeOut(lookup(Table(table), code)).data) if table and code else None


class MessageOut(serializers.Serializer[Any]):
    """One text to one number, and what became of it."""

    # Of what `selectors.messages_of` reads; `context["restraints"]` holds the holds in force.

    id = serializers.UUIDField()
    status = serializers.ChoiceField(STATUSES)
    to = serializers.CharField(source="mobile")
    content = serializers.CharField(source="text")
    category = serializers.ChoiceField(Category.choices)
    reference = serializers.CharField(allow_null=True)
    extno = serializers.CharField(allow_null=True)
    parts = serializers.IntegerField()
    batch = serializers.UUIDField(source="batch_id", allow_null=True)
    account = serializers.CharField(source="account_name", allow_null=True)
    mid = serializers.CharField(allow_null=True)
    code = serializers.SerializerMethodField()
    certain = serializers.BooleanField()
    created_at = Moment()
    send_at = Moment(allow_null=True)
    expires_at = Moment(allow_null=True)
    submitted_at = Moment(allow_null=True)
    final_at = Moment(allow_null=True)
    is_final = serializers.SerializerMethodField()
    held_because = serializers.SerializerMethodField()
    possible_duplicate = serializers.BooleanField()
    resend_of = serializers.UUIDField(allow_null=True)
    resent_as = serializers.UUIDField(allow_null=True)

    def to_representation(self, message: Any) -> dict[str, Any]:
        """What the fields above say, written out: a page of five hundred takes a tenth of the time."""
        return {
            "id": str(message.pk),
            "status": str(message.status),
            "to": message.mobile,
            "content": message.text,
            "category": str(message.category),
            "reference": message.reference,
            "extno": message.extno,
            "parts": message.parts,
            "batch": str(message.batch_id) if message.batch_id else None,
            "account": message.account_name,
            "mid": message.mid,
            "code": self.get_code(message),
            "certain": message.certain,
            "created_at": in_utc(message.created_at),
            "send_at": in_utc(message.send_at),
            "expires_at": in_utc(message.expires_at),
            "submitted_at": in_utc(message.submitted_at),
            "final_at": in_utc(message.final_at),
            "is_final": self.get_is_final(message),
            "held_because": self.get_held_because(message),
            "possible_duplicate": message.possible_duplicate,
            "resend_of": str(message.resend_of) if message.resend_of else None,
            "resent_as": str(message.resent_as) if message.resent_as else None,
        }

    @extend_schema_field(CodeOut(allow_null=True))
    def get_code(self, message: Message) -> dict[str, Any] | None:
        return explained(message.code_table, message.code)

    def get_is_final(self, message: Message) -> bool:
        return message.state in FINAL

    @extend_schema_field(HeldBecauseOut(allow_null=True))
    def get_held_because(self, message: Message) -> dict[str, Any] | None:
        restraints: Restraints | None = self.context["restraints"]
        because = selectors.held_because(message, restraints) if restraints else None
        return dict(HeldBecauseOut(because).data) if because else None


def message_body(message: Message, restraints: Restraints | None) -> dict[str, Any]:
    """Return a message as `selectors.messages_of` reads it; without `restraints` nothing holds it."""
    return dict(MessageOut(message, context={"restraints": restraints}).data)


class EventOut(serializers.Serializer[Any]):
    id = serializers.CharField()
    type = serializers.ChoiceField(EVENT_TYPES)
    at = Moment()
    status = serializers.ChoiceField(STATUSES)
    code = serializers.SerializerMethodField()
    detail = serializers.CharField(allow_null=True)

    @extend_schema_field(CodeOut(allow_null=True))
    def get_code(self, event: selectors.Happening) -> dict[str, Any] | None:
        return explained_as_written(event.code)


def explained_as_written(text: str | None) -> dict[str, Any] | None:
    """Return the explanation of a code that an event names: `STAT:MA:0029`."""
    table, _separator, code = (text or "").partition(":")
    return explained(table or None, code or None)


class MessageDetailOut(MessageOut):
    """A message with everything that happened to it."""

    events = serializers.SerializerMethodField()

    def to_representation(self, message: Any) -> dict[str, Any]:
        return super().to_representation(message) | {"events": self.get_events(message)}

    @extend_schema_field(EventOut(many=True))
    def get_events(self, message: Message) -> list[dict[str, Any]]:
        return list(EventOut(selectors.happenings(message), many=True).data)


BATCH_STATUSES = ["accepted", "sending", "done", "cancelled"]


class RefusalOut(serializers.Serializer[Any]):
    index = serializers.IntegerField(help_text="Place in `to` or `messages`.")
    to = serializers.CharField()
    code = serializers.ChoiceField(OF_A_RECIPIENT)
    detail = serializers.CharField()


class BatchOut(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    status = serializers.ChoiceField(BATCH_STATUSES)
    total = serializers.IntegerField(help_text="Recipients given.")
    accepted = serializers.IntegerField()
    rejected = RefusalOut(many=True)
    counts = Counts(help_text="Messages by status.")
    created_at = Moment()


class CancellationOut(serializers.Serializer[Any]):
    cancelled = serializers.IntegerField(help_text="Messages that are cancelled and never sent.")
    already_gone = serializers.IntegerField(help_text="Messages that the gateway has, had, or may have.")
    by_status = Counts(
        help_text="Those by status. `submitting` or `queued`: that is being settled; what was not taken is cancelled.",
    )


class CancelledBatchOut(BatchOut):
    """A batch at its cancel. What expired before is neither cancelled nor gone; `counts` has it."""

    cancellation = CancellationOut()


def batch_body(batch: Batch, counts: dict[str, int]) -> dict[str, Any]:
    """Return a batch with how many of its messages are in which status."""
    status = selectors.batch_status(batch, counts)
    return dict(BatchOut({**vars(batch), "counts": counts, "status": status}).data)


def cancelled_batch_body(cancellation: Cancellation) -> dict[str, Any]:
    """Return a batch with the account of its cancel."""
    account = dict(CancellationOut(cancellation).data)
    return batch_body(cancellation.batch, dict(cancellation.counts)) | {"cancellation": account}


class AccountBalanceOut(serializers.Serializer[Any]):
    name = serializers.CharField()
    balance = serializers.IntegerField(allow_null=True)
    unit = serializers.ChoiceField(["0.001 CNY"])
    charge_type = serializers.CharField(allow_null=True)
    read_at = Moment(allow_null=True)
    holds = HeldBecauseOut(many=True)


class ApplicationBalanceOut(serializers.Serializer[Any]):
    """What your application has at this moment, and on what terms; a part is charged when it is accepted."""

    balance = serializers.IntegerField()
    unit = serializers.ChoiceField(["0.001 CNY"])
    charge_type = serializers.ChoiceField(["PRECHARGE", "POSTCHARGE"])
    credit_line = serializers.IntegerField(
        allow_null=True, help_text="How far a postpaid balance may fall below zero; null: without limit."
    )
    price_per_part = serializers.IntegerField()


class BalanceOut(serializers.Serializer[Any]):
    application = ApplicationBalanceOut(allow_null=True, help_text="Null: your application is not charged.")
    accounts = AccountBalanceOut(many=True)
