"""What can be wrong with a request, in our words. They know no HTTP: `api.errors` maps code → status.

DomainError
├── Invalid          the request as written: one or many `Problem`s, each with a pointer
├── NotFound         no such thing, or somebody else's
├── Refused          understood, but not now or not ever: `retry` says which
├── Throttled        sound, but too much of it at this time; `seconds` later it may pass
├── Unpaid           sound, but the application's purse has too little for it
├── Overloaded       sound, but too much waits already; `seconds` later it may pass
├── NotStored        our storage failed, and what was sent was certainly not stored
└── MaybeStored      our storage failed in the middle: it may have been stored
"""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Problem:
    """One fault at one place. `pointer` is a JSON pointer into the request body."""

    pointer: str
    code: str
    detail: str


class DomainError(Exception):
    """`retry` says whether to send again where the HTTP status does not."""

    code = "error"
    retry: str | None = None


class Invalid(DomainError):
    """The request can't be accepted as it is; the same request will fail again."""

    def __init__(self, code: str, detail: str, problems: Sequence[Problem] = ()) -> None:
        super().__init__(detail)
        self.code, self.detail, self.problems = code, detail, tuple(problems)


class NotFound(DomainError):
    """There is no such thing for this caller."""

    code = "not_found"

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail


class Refused(DomainError):
    """The request is sound but can't be done in the present state."""

    def __init__(self, code: str, detail: str, *, retry: str | None = None) -> None:
        super().__init__(detail)
        self.code, self.detail, self.retry = code, detail, retry


class Throttled(DomainError):
    """Too many, or too often: the same request may pass after `seconds`. Nothing was stored."""

    def __init__(
        self,
        code: str,
        detail: str,
        seconds: float,
        problems: Sequence[Problem] = (),
        *,
        retry: str = "later",
    ) -> None:
        super().__init__(detail)
        self.code, self.seconds, self.problems, self.retry = code, seconds, tuple(problems), retry


class Unpaid(DomainError):
    """The application's purse does not pay for it; nothing was stored."""

    code = "insufficient_balance"
    retry = "after_fix"

    def __init__(self, detail: str, problems: Sequence[Problem] = ()) -> None:
        super().__init__(detail)
        self.problems = tuple(problems)


class Overloaded(DomainError):
    """We can't take more now, whoever asks: the same request may pass after `seconds`. Nothing was stored."""

    retry = "later"

    def __init__(self, code: str, detail: str, seconds: float) -> None:
        super().__init__(detail)
        self.code, self.seconds = code, seconds


class NotStored(DomainError):
    """The database was away or refused; nothing of the request was stored."""

    code = "storage_unavailable"


class MaybeStored(DomainError):
    """The database went away while it stored: nobody can say whether it did."""

    code = "maybe_stored"

    def __init__(self, detail: str, *, retry: str) -> None:
        super().__init__(detail)
        self.retry = retry
