"""What a client sends: a form in UTF-8, in the query, in the body, or in both (document, section 1.1)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest
from django.http.request import RawPostDataException, UnreadablePostError

from messaging.gateway.codes import Refusal, Status
from messaging.text import CONTROL

MOST_PARAMETERS = 50
BROKEN_ESCAPE = re.compile(rb"%(?![0-9A-Fa-f]{2})")
# What each action can't do without, besides account and password.
NEEDED: Mapping[str, tuple[str, ...]] = {
    "send": ("mobile", "content", "extno"),
    "p2p": ("mobileContentList", "extno"),
    "balance": (),
    "report": (),
    "mo": (),
}
SIZES = {"report": (10, 10_000), "mo": (10, 1_000)}
DEFAULT_SIZE = "1000"


@dataclass(frozen=True)
class Call:
    """One call, decoded. Its repr shows no parameter: one is a password."""

    action: str
    account: str
    form: Mapping[str, str] = field(repr=False)

    def __getitem__(self, name: str) -> str:
        return self.form[name]

    @property
    def size(self) -> int:
        """How many items a `report` or `mo` asks for, moved into the limits of sections 4.2 and 5.2.

        `mo` reads `size`, which the document's example shows, before its table's `szie`. Raises `Refusal` with STATUS 1
        for what is no number.
        """
        given = self.form.get("size") or self.form.get("szie") or DEFAULT_SIZE
        if not (given.isascii() and given.isdigit()):
            raise Refusal(Status.MALFORMED)
        smallest, largest = SIZES[self.action]
        return min(max(int(given[:9]), smallest), largest)


def read_form(request: HttpRequest) -> dict[str, str]:
    """Return what the query and the body say, decoded. Raises `Refusal` with STATUS 1 for what is no form."""
    raw = _raw(request)
    if request.content_type == "multipart/form-data" or BROKEN_ESCAPE.search(raw):
        raise Refusal(Status.MALFORMED)
    try:
        pairs = parse_qsl(
            raw.decode(), keep_blank_values=True, errors="strict", max_num_fields=MOST_PARAMETERS
        )
    except ValueError as error:  # no UTF-8, or too many parameters
        raise Refusal(Status.MALFORMED) from error
    form = dict(pairs)
    if len(form) < len(set(pairs)) or any(map(CONTROL.search, form.values())):  # said twice, and not the same
        raise Refusal(Status.MALFORMED)
    return form


def wants_json(form: Mapping[str, str]) -> bool:
    """Return whether the answer is to be JSON."""
    return form.get("rt") == "json"


def seems_to_want_json(request: HttpRequest) -> bool:
    """The same where the form can't be read."""
    try:
        return b"rt=json" in _raw(request)
    except Refusal:
        return b"rt=json" in _query(request)


def read_call(form: Mapping[str, str]) -> Call:
    """Return what is asked for. Raises `Refusal` with STATUS 1 for what misses something, and with 4."""
    needed = NEEDED.get(form.get("action", ""))
    if needed is None or not {"account", "password", *needed} <= form.keys():
        raise Refusal(Status.MALFORMED)
    if form.get("version", "1") not in {"1", "1.0"}:
        raise Refusal(Status.WRONG_VERSION)
    return Call(form["action"], form["account"], form)


def _raw(request: HttpRequest) -> bytes:
    """The query and the body as one form: clients give parameters in either, and `action` in both."""
    try:
        body = request.body.strip(b"\r\n")
    except (RequestDataTooBig, RawPostDataException, UnreadablePostError) as error:
        raise Refusal(Status.MALFORMED) from error
    return b"&".join(filter(None, (_query(request), body)))


def _query(request: HttpRequest) -> bytes:
    return str(request.META.get("QUERY_STRING") or "").encode("latin-1", "replace")
