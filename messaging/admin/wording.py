"""States, codes and reasons in the words of the reader's language."""

import re
from dataclasses import dataclass, replace

from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from accounts.remembered import Remembered
from messaging.models import CodeNote
from messaging.states import STATUS_LABELS, Derived, EventKind, State
from messaging.vendor.codes import Code, Retry, Table, Who, Words, lookup

COLOURS: dict[str, str] = {
    State.QUEUED: "info",
    Derived.SCHEDULED: "info",
    Derived.SUBMITTING: "info",
    State.SUBMITTED: "primary",
    State.DELIVERED: "success",
    Derived.HELD: "warning",
    State.UNKNOWN: "warning",
    State.NO_REPORT: "warning",
    State.UNRESOLVED: "warning",
    State.UNDELIVERED: "danger",
    State.REJECTED: "danger",
}

WHO = {
    Who.CALLER: _("the calling application"),
    Who.CONTENT: _("whoever writes the text"),
    Who.ADMIN: _("our administrators"),
    Who.VENDOR: _("the vendor"),
    Who.CARRIER: _("the carrier"),
}

RETRY = {
    Retry.NEVER: _("Do not send it again."),
    Retry.LATER: _("It may be sent again later."),
    Retry.AFTER_FIX: _("Send it again once the cause is removed."),
}

# Why a call gave no usable answer: `VendorError.reason`.
REASONS = {
    "bad_url": _("the account's URL can't be used"),
    "not_encodable": _("the text can't be encoded"),
    "dns_failure": _("the host name was not found"),
    "connect_refused": _("the host refused the connection"),
    "connect_failed": _("no connection"),
    "connect_timeout": _("no connection in time"),
    "tls_failure": _("the encrypted connection failed"),
    "read_timeout": _("no whole answer in time"),
    "connection_closed": _("the connection was closed before the answer"),
    "connection_reset": _("the connection broke off"),
    "bad_http": _("the answer is no HTTP"),
    "body_too_large": _("the answer is too long"),
    "empty_body": _("the answer is empty"),
    "content_encoding": _("the answer is encoded in a way nobody asked for"),
    "no_list": _("the answer names no numbers"),
    "worker_lost": _("the worker was lost during the call"),
    "past_deadline": _("the time of one of its messages was over before the call"),
    "wrong_encryption_key": _("the account's password can't be decrypted with the present keys"),
    "no_credit": _("balance too low"),
    "not_ok": _("the answer is not OK"),
    "address_forbidden": _("its address may not be called"),
    "split": _("split, to find which numbers cause it"),
    "reported_after_refusal": _("a report came for a call that the gateway had refused"),
    "with its batch": _("its batch had been cancelled"),
    "no_route": _("no route leads to an upstream account"),
    "released": _("released by a person"),
}


# What we write into the history ourselves, with a name in it.
TOLD = (
    (re.compile(r"by (?P<who>.+)"), _("by %(who)s")),
    (re.compile(r"with its batch, by (?P<who>.+)"), _("with its batch, by %(who)s")),
    (re.compile(r"resend of (?P<id>\S+)"), _("resend of %(id)s")),
    (re.compile(r"resent as (?P<id>\S+) by (?P<who>.+)"), _("resent as %(id)s by %(who)s")),
)
ACTORS = {"the caller": _("the caller"), "policy": _("the application's policy")}


@dataclass(frozen=True)
class Explained:
    """A code in the reader's language."""

    table: str
    code: str
    meaning: str
    cause: str
    action: str
    who: str
    retry: str
    known: bool


EVENT_KINDS = {
    EventKind.ACCEPTED: _("accepted from an application"),
    EventKind.CLAIMED: _("taken by a worker"),
    EventKind.REQUEUED: _("back in the queue"),
    EventKind.ANSWERED: _("answered by the gateway"),
    EventKind.REPORTED: _("reported"),
    EventKind.EXPIRED: _("expired"),
    EventKind.CANCELLED: _("cancelled"),
    EventKind.HELD: _("held"),
    EventKind.GIVEN_UP: _("given up"),
    EventKind.RESENT: _("sent again"),
    EventKind.RESTORED: _("restored"),
}


def say(words: Words) -> str:
    """Return the words in the language of the request."""
    return words.zh if _chinese() else words.en


def in_the_other_language(words: Words) -> str:
    """Return the words in the language that the request is not in."""
    return words.en if _chinese() else words.zh


def other_language() -> str:
    """Return the code, for `lang`, of the language that the request is not in."""
    return "en" if _chinese() else "zh-hans"


def _chinese() -> bool:
    return (get_language() or "").startswith("zh")


def explain(code: Code) -> Explained:
    return Explained(
        table=code.table,
        code=code.code,
        meaning=say(code.meaning),
        cause=say(code.cause),
        action=say(code.action),
        who=str(WHO[code.who]),
        retry=str(RETRY[code.retry]),
        known=code.known,
    )


def explained(table: str | None, code: str | None) -> Explained | None:
    """Return a stored code with its explanation; None where there is none."""
    if not (table and code):
        return None
    found = lookup(Table(table), code)
    said = explain(found)
    note = "" if found.known else _notes.get((table, found.code))
    return replace(said, meaning=note) if note else said


def _read_note(key: tuple[str, str]) -> str:
    """What staff wrote of a code that no table explains. Index: one_note_a_code."""
    found = CodeNote.objects.filter(code_table=key[0], code=key[1])
    return found.values_list("note", flat=True).first() or ""


_notes = Remembered(_read_note)  # a list shows one code many times


def in_short(table: str | None, code: str | None) -> str | None:
    """Return a code and its meaning on one line; None where there is none."""
    found = explained(table, code)
    return f"{found.code} · {found.meaning}" if found else None


def sentences(*parts: str) -> str:
    """Join what the dictionary says into sentences, each with its full stop."""
    stop, gap = ("。", "") if _chinese() else (".", " ")
    return gap.join(part.rstrip("。. ") + stop for part in parts if part)


def one_after_another(*whole: str) -> str:
    """Put whole sentences behind each other; Chinese has no gap between them."""
    return ("" if _chinese() else " ").join(sentence for sentence in whole if sentence)


def yes_or_no(value: bool) -> str:
    """A word, where the theme's red cross would look like a fault."""
    return gettext("Yes") if value else gettext("No")


def status_label(status: str) -> str:
    return str(STATUS_LABELS.get(status, status))


def reason_label(reason: str | None) -> str:
    """Return why a call failed in words; a constant without words as it is."""
    if not reason:
        return ""
    if reason.startswith("status_"):
        return gettext("answered with STATUS %(code)s") % {"code": reason.removeprefix("status_")}
    if reason.startswith("http_"):
        return gettext("answered with HTTP %(code)s") % {"code": reason.removeprefix("http_")}
    for pattern, words in TOLD:
        if match := pattern.fullmatch(reason):
            who = match.groupdict().get("who", "")
            return str(words) % {**match.groupdict(), "who": ACTORS.get(who, who)}
    return str(REASONS.get(reason, reason))
