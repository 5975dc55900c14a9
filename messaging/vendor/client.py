"""The vendor's gateway as six calls with typed outcomes; the HTTP itself is in `exchange`."""

import re
from collections.abc import Callable, Sequence
from dataclasses import KW_ONLY, dataclass, replace
from typing import TypeVar

from messaging.vendor import forms, values
from messaging.vendor.answers import Balance, SubmitAnswer, SubmitRow, read_balance, read_submit
from messaging.vendor.codes import Code, Effect, Table, lookup
from messaging.vendor.errors import (
    AccountTrouble,
    HttpRefused,
    InternalError,
    Malformed,
    NeverLeft,
    OutcomeUnknown,
    Refused,
    Throttled,
    TooMany,
    VendorError,
)
from messaging.vendor.exchange import Limits, Reply, exchange
from messaging.vendor.forms import Form, Login
from messaging.vendor.values import Unreadable

# A web server that says one of these has not passed the request on; any other failure may come too late.
_REFUSED_UNREAD = frozenset({400, 401, 403, 404, 405, 411, 413, 414, 415, 429})

_RAISED: dict[Effect, type[VendorError]] = {
    Effect.THROTTLED: Throttled,
    Effect.TOO_MANY: TooMany,
    Effect.MALFORMED: Malformed,
    Effect.ACCOUNT_TROUBLE: AccountTrouble,
    Effect.INTERNAL: InternalError,
    Effect.REFUSED: Refused,
}
_FOR_EVERY_NUMBER = frozenset({Effect.WRONG_EXTNO, Effect.NO_CREDIT, Effect.BAD_SIGNATURE})

_Answer = TypeVar("_Answer")


@dataclass(frozen=True)
class Submitted:
    """A submit that was answered number by number; `raw` is the body as it came."""

    answer: SubmitAnswer
    raw: bytes
    http_status: int
    elapsed_ms: int


@dataclass(frozen=True)
class Fetched:
    """A pulled page, unread: store `raw` durably first, then give it to `wire.read_page`.

    `truncated` says that the body ended early; what arrived is the only copy there is.
    """

    raw: bytes
    truncated: bool
    http_status: int
    elapsed_ms: int


@dataclass(frozen=True)
class Client:
    """One login's line to the vendor; timeouts in seconds, `max_body` in bytes.

    Every call is one POST over a fresh connection, never retried and never redirected. All of them raise
    the errors of `errors`, by what may be done next. `classify` may give another effect to a code that is
    in no table.
    """

    login: Login
    _: KW_ONLY
    connect_timeout: float = 5.0
    deadline: float = 15.0
    max_body: int = 4 * 1024 * 1024
    classify: Callable[[Code], Code] = lambda code: code

    def send(self, mobiles: Sequence[str], content: str, extno: str) -> Submitted:
        """Submit one text to up to 500 numbers (document, section 1).

        A STATUS 10, 15 or 17 counts for every number, as if each row had said so. Rows may lack numbers,
        repeat them, or name others. Raises VendorError.
        """
        return self._submit(lambda: forms.send_form(self.login, mobiles, content, extno), mobiles)

    def p2p(self, pairs: Sequence[tuple[str, str]], extno: str) -> Submitted:
        """Submit to each number a text of its own; otherwise as `send` (document, section 2)."""
        mobiles = [mobile for mobile, _ in pairs]
        return self._submit(lambda: forms.p2p_form(self.login, pairs, extno), mobiles)

    def balance(self) -> Balance:
        """Return the account's balance in 厘 (document, section 3).

        Raises VendorError, for any STATUS but 0 too.
        """
        reply = self._post(lambda: forms.balance_form(self.login))
        answer = _understood(reply, read_balance)
        answer = replace(answer, status=self.classify(answer.status))
        if answer.status.effect in _FOR_EVERY_NUMBER:
            raise _error(AccountTrouble, reply, _reason(answer.status), answer.status)
        _check_status(answer.status, reply)
        return answer

    def fetch_reports(self, size: int) -> Fetched:
        """Take up to `size` delivery reports away from the vendor, unread (document, section 4).

        Raises NeverLeft, or OutcomeUnknown when no byte of a body came.
        """
        return _fetched(self._post(lambda: forms.report_form(self.login, size)))

    def fetch_mo(self, size: int) -> Fetched:
        """Take up to `size` inbound messages away from the vendor, unread (document, section 5).

        Raises NeverLeft, or OutcomeUnknown when no byte of a body came.
        """
        return _fetched(self._post(lambda: forms.mo_form(self.login, size)))

    def _submit(self, build: Callable[[], Form], mobiles: Sequence[str]) -> Submitted:
        reply = self._post(build)
        answer = self._classified(_understood(reply, read_submit))
        if answer.status.effect is not Effect.ACCEPTED and any(row.accepted for row in answer.rows):
            # Refused and taken in one breath: believing the refusal could send twice.
            raise _error(OutcomeUnknown, reply, "contradictory", answer.status)
        if answer.status.effect in _FOR_EVERY_NUMBER:
            answer = _for_every_number(answer, mobiles)
        else:
            _check_status(answer.status, reply)
        if not answer.rows:
            raise _error(OutcomeUnknown, reply, "no_list", answer.status)
        return Submitted(answer, reply.body, reply.http_status, reply.elapsed_ms)

    def _classified(self, answer: SubmitAnswer) -> SubmitAnswer:
        rows = answer.rows
        if not all(row.result.known for row in rows):
            rows = tuple([row._replace(result=self.classify(row.result)) for row in rows])
        return replace(answer, status=self.classify(answer.status), rows=rows)

    def _post(self, build: Callable[[], Form]) -> Reply:
        try:
            form = build()
        except ValueError as error:
            raise NeverLeft("not_encodable") from error
        limits = Limits(self.connect_timeout, self.deadline, self.max_body)
        return exchange(self.login.base_url, form, limits)


def _understood(reply: Reply, read: Callable[[bytes], _Answer]) -> _Answer:
    """Return the answer as read. Raises HttpRefused or OutcomeUnknown: HTTP speaks first, then the body."""
    fault = _http_fault(reply) or _body_fault(reply)
    if fault:
        raise fault
    try:
        return read(reply.body)
    except Unreadable as error:
        raise _error(OutcomeUnknown, reply, "unparsable") from error


def _http_fault(reply: Reply) -> VendorError | None:
    reason = f"http_{reply.http_status}"
    if reply.http_status in _REFUSED_UNREAD:
        refusal = _error(HttpRefused, reply, reason)
        refusal.retry_after_s = reply.retry_after_s
        return refusal
    return None if 200 <= reply.http_status < 300 else _error(OutcomeUnknown, reply, reason)


def _body_fault(reply: Reply) -> VendorError | None:
    if reply.cut:
        return _error(OutcomeUnknown, reply, reply.cut)
    if reply.encoded:
        return _error(OutcomeUnknown, reply, "content_encoding")
    return None if reply.body.strip() else _error(OutcomeUnknown, reply, "empty_body")


def _check_status(status: Code, reply: Reply) -> None:
    if status.effect is not Effect.ACCEPTED:
        raise _error(_RAISED.get(status.effect, OutcomeUnknown), reply, _reason(status), status)


def _for_every_number(answer: SubmitAnswer, mobiles: Sequence[str]) -> SubmitAnswer:
    result = lookup(Table.RESULT, answer.status.code)
    answered = {row.mobile for row in answer.rows}
    rows = (
        SubmitRow(mobile, result, None) for mobile in map(values.mobile, mobiles) if mobile not in answered
    )
    return replace(answer, rows=(*answer.rows, *rows))


def _fetched(reply: Reply) -> Fetched:
    if not reply.body:
        raise _http_fault(reply) or _error(OutcomeUnknown, reply, reply.cut or "empty_body")
    return Fetched(reply.body, reply.cut is not None, reply.http_status, reply.elapsed_ms)


def _reason(status: Code) -> str:
    # An unknown code is the vendor's text; only a short number may become a label.
    return f"status_{status.code}" if re.fullmatch(r"[0-9]{1,4}", status.code) else "status_unknown"


_Raised = TypeVar("_Raised", bound=VendorError)


def _error(kind: type[_Raised], reply: Reply, reason: str, code: Code | None = None) -> _Raised:
    return kind(reason, code=code, raw=reply.body, http_status=reply.http_status, elapsed_ms=reply.elapsed_ms)
