"""What the serializers of requests are made of: strict about names, quick about ten thousand recipients."""

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from functools import cache
from typing import Any

from django.conf import settings
from django.core.validators import MaxLengthValidator
from django.utils.dateparse import parse_datetime
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.utils.serializer_helpers import BindingDict

from messaging.recipients import MAX_REFERENCE, Recipients

EXTNO = re.compile(r"[0-9]{1,20}", re.ASCII)


class StrictSerializer(serializers.Serializer[Any]):
    """Refuses fields it does not know, each under its own pointer.

    Its fields keep nothing of a request, so a class makes them once: copying them was a third of a request's time.
    """

    @cached_property
    def fields(self) -> BindingDict:
        return _fields_of(type(self))

    def to_internal_value(self, data: Mapping[str, Any]) -> Any:
        unknown = [name for name in data if name not in self.fields or self.fields[name].read_only]
        if unknown:
            known = [name for name, field in self.fields.items() if not field.read_only]
            raise serializers.ValidationError({name: unknown_field(name, known) for name in unknown})
        return super().to_internal_value(data)


@cache
def _fields_of(kind: type[serializers.Serializer[Any]]) -> BindingDict:
    fields = BindingDict(kind())
    for name, field in kind().get_fields().items():
        fields[name] = field
    return fields


def unknown_field(name: str, known: Iterable[str]) -> serializers.ErrorDetail:
    told = {"name": name[:60], "known": ", ".join(f"`{field}`" for field in known)}
    text = _("There is no field `%(name)s` here. Leave it out, or check its spelling: %(known)s.") % told
    return serializers.ErrorDetail(text, code="unknown_field")


class Text(serializers.CharField):
    """A JSON string as it came: nothing is trimmed, and a number or a boolean is not taken for one."""

    default_error_messages = {"invalid": gettext_lazy("Give a string, in quotes.")}

    def __init__(self, **options: Any) -> None:
        super().__init__(trim_whitespace=False, **options)
        for validator in self.validators:
            if isinstance(validator, MaxLengthValidator):
                # DRF's own text stays in the language in which it was needed first.
                validator.message = gettext_lazy("At most %(limit_value)d characters.")

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return data


class Choice(serializers.ChoiceField):
    """One of a few words."""

    def to_internal_value(self, data: Any) -> Any:
        if not isinstance(data, str) or data not in self.choices:
            words = ", ".join(map(str, self.choices))
            detail = _("Give one of %(words)s.") % {"words": words}
            raise serializers.ValidationError(detail, code="invalid_choice")
        return data


class Spoken(Text):
    """A text that is refused further on when it is empty, in the words of what it should be."""

    def run_validation(self, data: Any = serializers.empty) -> Any:
        return data if data == "" else super().run_validation(data)


MOBILE = {"type": "string", "format": "mobile", "examples": ["13800000001", "+86 138 0000 0001"]}


@extend_schema_field(MOBILE | {"maxLength": 40})
class Mobile(Spoken):
    """A number as people write it. Whether it is one is intake's to say."""

    default_error_messages = {
        "invalid": gettext_lazy("Give one number as a string, in quotes. `POST /api/v1/batches` takes many.")
    }


@extend_schema_field({"type": "string", "pattern": "^[0-9]{1,20}$"})
class Extno(Text):
    """An access number of the vendor's."""

    default_error_messages = {"invalid": gettext_lazy("An extno has 1 to 20 digits.")}

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str) or not EXTNO.fullmatch(data):
            self.fail("invalid")
        return data


class Moment(serializers.DateTimeField):
    """An RFC 3339 time that names its offset; a time without one would mean another hour to everybody."""

    default_error_messages = {
        "no_offset": gettext_lazy(
            "Give the offset too, such as 2026-11-22T09:00:00+08:00 or 2026-11-22T01:00:00Z."
        ),
        "invalid": gettext_lazy("Give a time such as 2026-11-22T09:00:00+08:00."),
    }

    def to_internal_value(self, value: Any) -> datetime:
        try:
            moment = parse_datetime(value) if isinstance(value, str) else None
            moment = moment.astimezone(UTC) if moment and moment.tzinfo else moment
        except (ValueError, OverflowError):  # the first and last hours of time are not in every zone
            moment = None
        if moment is None:
            self.fail("invalid")
        if moment.tzinfo is None:
            self.fail("no_offset")
        return moment


MANY = {"type": "array", "minItems": 1, "maxItems": settings.MAX_RECIPIENTS}


@extend_schema_field(MANY | {"items": MOBILE})
class Numbers(serializers.ListField):
    """Many numbers with one text. Whether each is a number is intake's to say, all at once."""

    default_error_messages = {
        "not_a_list": gettext_lazy("Give a list of numbers. `POST /api/v1/messages` takes one.")
    }

    def to_internal_value(self, data: Any) -> Recipients:  # type: ignore[override]  # columns, not a list
        if not isinstance(data, list):
            self.fail("not_a_list", input_type=type(data).__name__)
        if all(type(entry) is str for entry in data):
            return Recipients(data)
        return Recipients([_text(entry, f"{index}") for index, entry in enumerate(data)])


class Entry(StrictSerializer):
    """One recipient with its own text, or its own reference."""

    to = Mobile(help_text="A mainland China mobile number.")
    content = Spoken(required=False, allow_null=True, help_text="Left out where the batch has one text.")
    reference = Text(
        required=False,
        allow_null=True,
        allow_blank=True,
        max_length=MAX_REFERENCE,
        help_text="Your own label.",
    )


ENTRY_FIELDS = frozenset({"to", "content", "reference"})


class Entries(serializers.ListField):
    """Many recipients, each with its own text."""

    child = Entry()
    default_error_messages = {"not_a_list": gettext_lazy("Give a list of objects with `to` and `content`.")}

    def to_internal_value(self, data: Any) -> Recipients:  # type: ignore[override]  # columns, not a list
        if not isinstance(data, list):
            self.fail("not_a_list", input_type=type(data).__name__)
        entries = [_entry(entry, index) for index, entry in enumerate(data)]
        to, contents, references = zip(*entries, strict=True) if entries else ((), (), ())
        some = any(reference is not None for reference in references)
        return Recipients(to, contents, references if some else None, field="messages")


def _entry(entry: Any, index: int) -> tuple[str, str | None, str | None]:
    """Return number, text and reference of one recipient."""
    if not isinstance(entry, dict):
        raise serializers.ValidationError(
            {str(index): _("Give an object with `to` and `content`.")}, code="invalid"
        )
    for name in entry.keys() - ENTRY_FIELDS:
        raise serializers.ValidationError({str(index): {name: unknown_field(name, sorted(ENTRY_FIELDS))}})
    if "to" not in entry:
        raise serializers.ValidationError({str(index): {"to": _("This field is required.")}}, code="required")
    content, reference = entry.get("content"), entry.get("reference")
    return (
        _text(entry["to"], f"{index}", "to"),
        None if content is None else _text(content, f"{index}", "content"),
        None if reference is None else _text(reference, f"{index}", "reference"),
    )


def _text(value: Any, *path: str) -> str:
    if isinstance(value, str):
        return value
    detail: Any = serializers.ErrorDetail(_("Give a string, in quotes."), code="invalid")
    for name in reversed(path):
        detail = {name: detail}
    raise serializers.ValidationError(detail)
