"""Recipients and texts as callers write them: read into rows that can be stored, or refused with a reason."""

from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass

from django.conf import settings
from django.utils.translation import gettext as _

from messaging.exceptions import Invalid, Problem
from messaging.models import new_ids
from messaging.numbers import is_shortened_by_spreadsheet, normalise, normalise_all
from messaging.routing import Sender
from messaging.text import CONTROL, parts, signature

LISTED_PROBLEMS = 100
MAX_REFERENCE = 128
SHOWN_CHARACTERS = 40


@dataclass(frozen=True)
class Item:
    """One recipient as the caller wrote it. `content` is None where the batch has one text for all."""

    to: str
    content: str | None = None
    reference: str | None = None


@dataclass(frozen=True)
class Recipients:
    """Many recipients as the caller wrote them, as parallel columns; one that nobody gave is None.

    `field` is where they stand in the request.
    """

    to: Sequence[str]
    contents: Sequence[str | None] | None = None
    references: Sequence[str | None] | None = None
    field: str = "to"


@dataclass(frozen=True)
class Rows:
    """Messages to be stored, as parallel columns: ten thousand of them are never ten thousand objects.

    `contents` is None where the batch has one text for all, and `parts` then is the number of all.
    """

    ids: Sequence[str]
    mobiles: Sequence[str]
    contents: Sequence[str] | None
    references: Sequence[str | None] | None
    parts: Sequence[int] | int

    @property
    def parts_of_all(self) -> int:
        return self.parts * len(self.ids) if isinstance(self.parts, int) else sum(self.parts)

    def without(
        self, mobiles: Container[str], recipients: Recipients, code: str, detail: str
    ) -> tuple["Rows | None", list["Refusal"]]:
        """Return the rows of other numbers (None: there are none), and the refusals of these."""
        places = {normalise(written): place for place, written in reversed([*enumerate(recipients.to)])}
        gone = [mobile for mobile in self.mobiles if mobile in mobiles]
        refusals = [
            Refusal(places[mobile], shown(recipients.to[places[mobile]]), code, detail) for mobile in gone
        ]
        staying = [place for place, mobile in enumerate(self.mobiles) if mobile not in mobiles]
        if not staying:
            return None, refusals
        return Rows(
            ids=[self.ids[place] for place in staying],
            mobiles=[self.mobiles[place] for place in staying],
            contents=self.contents and [self.contents[place] for place in staying],
            references=self.references and [self.references[place] for place in staying],
            parts=self.parts if isinstance(self.parts, int) else [self.parts[place] for place in staying],
        ), refusals


@dataclass(frozen=True)
class Refusal:
    """One recipient that was not accepted."""

    index: int
    to: str
    code: str
    detail: str


@dataclass(frozen=True)
class Readable:
    """What a single message is once it is read."""

    mobile: str
    parts: int


def read_single(item: Item, sender: Sender) -> Readable:
    """Read a single message; raise `Invalid` with everything that is wrong with it."""
    content = item.content or ""
    problems = text_problems("/content", content, sender)
    problems += reference_problems("/reference", item.reference)
    mobile = normalise(item.to)
    if mobile is None:
        problems.append(Problem("/to", "invalid_number", invalid_number(item.to)))
    refuse(problems)
    return Readable(mobile or "", parts(content))


def read_many(
    content: str | None, recipients: Recipients, sender: Sender
) -> tuple[Rows | None, list[Refusal]]:
    """Return the good rows (None: there are none) and the refused recipients; raise `Invalid` for the shared text."""
    if content is not None:
        refuse(text_problems("/content", content, sender))
    mobiles = normalise_all(recipients.to)
    contents = recipients.contents if content is None else None
    faults: dict[int, Problem] = {}
    for fault_of_some in (
        _number_faults(recipients.to, mobiles),
        _text_faults(contents, sender),
        _reference_faults(recipients.references),
    ):
        faults = dict(fault_of_some) | faults
    faults |= _repetitions(mobiles, faults)
    refusals = [Refusal(i, shown(recipients.to[i]), faults[i].code, faults[i].detail) for i in sorted(faults)]
    return _rows(content, recipients, mobiles, faults), refusals


def _rows(
    content: str | None, recipients: Recipients, mobiles: Sequence[str | None], faults: Mapping[int, Problem]
) -> Rows | None:
    good = [index for index in range(len(mobiles)) if index not in faults]
    if not good:
        return None
    own = [recipients.contents[i] or "" for i in good] if content is None and recipients.contents else None
    return Rows(
        ids=new_ids(len(good)),
        mobiles=[mobiles[i] or "" for i in good],
        contents=own,
        references=[recipients.references[i] for i in good] if recipients.references else None,
        parts=parts(content) if content is not None else [parts(text) for text in own or ()],
    )


def _number_faults(written: Sequence[str], mobiles: Sequence[str | None]) -> Iterator[tuple[int, Problem]]:
    for index, mobile in enumerate(mobiles):
        if mobile is None:
            yield index, Problem("", "invalid_number", invalid_number(written[index]))


def _text_faults(contents: Sequence[str | None] | None, sender: Sender) -> Iterator[tuple[int, Problem]]:
    for index, content in enumerate(contents or ()):
        if problems := text_problems("", content or "", sender):
            yield index, problems[0]


def _reference_faults(references: Sequence[str | None] | None) -> Iterator[tuple[int, Problem]]:
    for index, reference in enumerate(references or ()):
        if problems := reference_problems("", reference):
            yield index, problems[0]


def _repetitions(mobiles: Sequence[str | None], faults: Mapping[int, Problem]) -> dict[int, Problem]:
    """Each number gets one message: what stands there again, the first that is good apart."""
    if len(set(mobiles)) == len(mobiles):
        return {}
    detail = _("This number stands in the request before; each number gets one message.")
    seen: set[str | None] = set()
    repeated: dict[int, Problem] = {}
    for index, mobile in enumerate(mobiles):
        if index in faults:
            continue
        if mobile in seen:
            repeated[index] = Problem("", "duplicate_recipient", detail)
        seen.add(mobile)
    return repeated


def shown(written: str) -> str:
    """Return a refused number as it may be stored and given back: its beginning, without what is no text."""
    return CONTROL.sub("\ufffd", written[:SHOWN_CHARACTERS])


def invalid_number(written: str) -> str:
    """Say what is wrong with a number."""
    if not written.strip():
        return _("The number is empty. Give 11 digits, such as 13800000001.")
    if is_shortened_by_spreadsheet(written):
        return _(
            "The spreadsheet took this number for a quantity and shortened it, so its last digits are missing. In the "
            "spreadsheet, format the column as text, see that all 11 digits are there, and save it as CSV again."
        )
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
    """Raise `Invalid` when there is any problem."""
    if problems:
        raise refusal_of(problems)


def refusal_of(problems: Sequence[Problem]) -> Invalid:
    """Return what to raise for problems, of which there are some; the first 100 are listed."""
    first = problems[0]
    detail = first.detail
    if len(problems) > 1:
        detail = _("%(count)d things are wrong with this request; `errors` lists the first ones.") % {
            "count": len(problems)
        }
    return Invalid(first.code, detail, problems[:LISTED_PROBLEMS])
