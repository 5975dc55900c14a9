"""The codes this gateway gives by its own rules; `magic` yields every other one."""

from enum import IntEnum


class Status(IntEnum):
    """The verdict on a whole call (section 7 of the vendor's document)."""

    AUTHENTICATED = 0
    MALFORMED = 1
    ADDRESS_REFUSED = 2
    WRONG_PASSWORD = 3
    WRONG_ACCESS_POINT = 6
    ACCOUNT_DISABLED = 7
    TOO_MANY_CONNECTIONS = 21
    TOO_MANY_NUMBERS = 102


class Result(IntEnum):
    """The verdict on one number (section 8 of the vendor's document)."""

    ACCEPTED = 0
    WRONG_EXTNO = 10
    BALANCE_TOO_LOW = 15
    SIGNATURE_INVALID = 17


class RefusedError(Exception):
    """A call is refused as a whole: nothing was accepted, charged or handed out."""

    def __init__(self, status: int) -> None:
        super().__init__(f"STATUS {status}")
        self.status = status
