"""Recipients and texts as callers write them: read into rows that can be stored, or refused with a reason."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from django.conf import settings
from django.utils.translation import gettext as _

from messaging.exceptions import Invalid, Problem
from messaging.models import new_id
from messaging.numbers import normalise
from messaging.routing import Sender
from messaging.text import CONTROL, parts, signature

LISTED_PROBLEMS = 100
MAX_REFERENCE = 128


@dataclass(frozen=True)
class Item:
    """One recipient as the caller wrote it. `content` is None where the batch has one text for all."""

    to: str
    content: str | None = None
    reference: str | None = None


@dataclass(frozen=True)
class Row:
    """One message to be stored."""

    id: uuid.UUID
    mobile: str
    content: str | None
    reference: str | None
    parts: int


@dataclass(frozen=True)
class Refusal:
    """One recipient that was not accepted."""

    index: int
    to: str
    code: str
    detail: str


def read_single(item: Item, sender: Sender) -> Row:
    """Return the row of a single message; raise `Invalid` with everything that is wrong with it."""
    content = item.content or ""
    problems = text_problems("/content", content, sender)
    problems += reference_problems("/reference", item.reference)
    mobile = normalise(item.to)
    if mobile is None:
        problems.append(Problem("/to", "invalid_number", invalid_number(item.to)))
    refuse(problems)
    return Row(new_id(), mobile or "", content, item.reference, parts(content))


def read_many(content: str | None, items: Sequence[Item], sender: Sender) -> tuple[list[Row], list[Refusal]]:
    """Return the good rows and the refused recipients; raise `Invalid` when the text they share is wrong."""
    shared_parts = 0
    if content is not None:
        refuse(text_problems("/content", content, sender))
        shared_parts = parts(content)
    rows: list[Row] = []
    refusals: list[Refusal] = []
    seen: set[str] = set()
    for index, item in enumerate(items):
        mobile = normalise(item.to)
        fault = _fault(item, mobile, seen, sender, shared=content is not None)
        if mobile is None or fault:
            refusals.append(Refusal(index, item.to, *(fault or ("invalid_number", ""))))
            continue
        seen.add(mobile)
        rows.append(
            Row(new_id(), mobile, item.content, item.reference, shared_parts or parts(item.content or ""))
        )
    return rows, refusals


def _fault(
    item: Item, mobile: str | None, seen: set[str], sender: Sender, *, shared: bool
) -> tuple[str, str] | None:
    if mobile is None:
        return "invalid_number", invalid_number(item.to)
    if mobile in seen:
        return "duplicate_recipient", _(
            "This number stands in the request before; each number gets one message."
        )
    problems = reference_problems("", item.reference)
    if not shared:
        problems = text_problems("", item.content or "", sender) + problems
    return next(((problem.code, problem.detail) for problem in problems), None)


def invalid_number(written: str) -> str:
    """Say what is wrong with a number."""
    if not written.strip():
        return _("The number is empty. Give 11 digits, such as 13800000001.")
    return _(
        "This is not a mainland China mobile number. Give 11 digits that begin with 13 to 19; +86 may stand in front."
    )


def text_problems(pointer: str, content: str, sender: Sender) -> list[Problem]:
    """Return what keeps a text from being accepted; empty when nothing does."""
    if not content.strip():
        return [Problem(pointer, "empty_content", _("The text is empty."))]
    if CONTROL.search(content):
        return [Problem(pointer, "control_characters", _control_text())]
    if len(content) > settings.MAX_CONTENT_CHARACTERS:
        return [Problem(pointer, "content_too_long", _too_long(content))]
    if sender.signatures is not None:
        return _signature_problems(pointer, content, sender.signatures)
    return []


def reference_problems(pointer: str, reference: str | None) -> list[Problem]:
    """Return what keeps a reference from being accepted."""
    if reference is None:
        return []
    if CONTROL.search(reference):
        return [Problem(pointer, "control_characters", _control_text())]
    if len(reference) > MAX_REFERENCE:
        detail = _("At most %(limit)d characters.") % {"limit": MAX_REFERENCE}
        return [Problem(pointer, "max_length", detail)]
    return []


def _control_text() -> str:
    return _("Control characters can't be sent: only text, line breaks and tabs.")


def _too_long(content: str) -> str:
    return _(
        "The text has %(length)d characters; at most %(limit)d are accepted. It would be billed as %(parts)d parts."
    ) % {"length": len(content), "limit": settings.MAX_CONTENT_CHARACTERS, "parts": parts(content)}


def _signature_problems(pointer: str, content: str, filed: frozenset[str]) -> list[Problem]:
    found = signature(content)
    known = ", ".join(sorted(filed)) or _("none yet")
    if found is None:
        detail = _("The text must begin with a filed signature in 【】. Filed for you: %(known)s.") % {
            "known": known
        }
        return [Problem(pointer, "signature_missing", detail)]
    if found not in filed:
        detail = _("%(found)s is not filed with the vendor. Filed for you: %(known)s.")
        return [Problem(pointer, "signature_unknown", detail % {"found": found, "known": known})]
    return []


def refuse(problems: Sequence[Problem]) -> None:
    """Raise `Invalid` when there is any problem; the first 100 are listed."""
    if not problems:
        return
    first = problems[0]
    detail = first.detail
    if len(problems) > 1:
        detail = _(
            "%(count)d things are wrong with this request; the first ones are listed. Nothing was stored."
        ) % {"count": len(problems)}
    raise Invalid(first.code, detail, problems[:LISTED_PROBLEMS])
