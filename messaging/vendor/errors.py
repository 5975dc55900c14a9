"""Why a call to the vendor gave no answer to work with, typed by what the caller may do next.

VendorError
├── NeverLeft            no byte of the request left, or HTTP refused it unread: send again later
│   └── HttpRefused      the web server in front refused it (4xx); says how long to wait, if it said so
├── Throttled            STATUS 21: nothing was taken; slow down, then send again
├── TooMany              STATUS 102: nothing was taken; halve the call and go on
├── Malformed            STATUS 1: nothing was taken; split once to find the culprit
├── Refused              a STATUS that staff know to be a refusal: nothing was taken, and never will be
├── AccountTrouble       STATUS 2, 3, 4, 6, 7: nothing was taken; hold the account, tell a person
├── InternalError        STATUS 5, 100: refused, but worded like an outage; hold, split, be careful
└── OutcomeUnknown       anything else once the first byte could have left: do not send again
"""

from messaging.vendor.explanation import Code


class VendorError(Exception):
    """A call that brought no usable answer.

    `reason` is a short constant fit for a log event or a metric label, `raw` the body as it came,
    `elapsed_ms` milliseconds since the call began. Text, numbers and password never enter the message.
    """

    def __init__(
        self,
        reason: str,
        *,
        code: Code | None = None,
        raw: bytes = b"",
        http_status: int | None = None,
        elapsed_ms: int = 0,
    ) -> None:
        super().__init__(reason)
        self.reason = reason
        self.code = code
        self.raw = raw
        self.http_status = http_status
        self.elapsed_ms = elapsed_ms


class NeverLeft(VendorError):
    """Nothing was submitted, so the same messages may be sent again."""


class HttpRefused(NeverLeft):
    """A web server refused the request before the gateway saw it (400, 401, 403, 404, 405, 411, 413, 414,
    415, 429); `retry_after_s` is its wish in seconds."""

    retry_after_s: int | None = None


class Throttled(VendorError):
    """STATUS 21: too many connections; nothing was submitted (document, section 7)."""


class TooMany(VendorError):
    """STATUS 102: too many numbers in one call; nothing was submitted (document, section 7)."""


class Malformed(VendorError):
    """STATUS 1: something in the call broke its format; nothing was submitted (document, section 7)."""


class Refused(VendorError):
    """A STATUS in no table, which staff classified as a refusal; nothing was submitted."""


class AccountTrouble(VendorError):
    """STATUS 2, 3, 4, 6 or 7: the login itself is refused; nothing was submitted (document, section 7)."""


class InternalError(VendorError):
    """STATUS 5 or 100: the gateway failed on the whole call (document, section 7)."""


class OutcomeUnknown(VendorError):
    """Nobody can say whether the messages were taken; sending them again may be a second SMS."""
