"""What we answer (document, sections 7 and 8)."""

from enum import IntEnum


class Status(IntEnum):
    """Of a call as a whole."""

    AUTHENTICATED = 0
    MALFORMED = 1
    ADDRESS_REFUSED = 2
    WRONG_PASSWORD = 3
    WRONG_VERSION = 4
    OTHER = 5
    WRONG_ACCESS_POINT = 6
    DISABLED = 7
    TOO_MANY_CONNECTIONS = 21
    INTERNAL = 100
    TOO_MANY_NUMBERS = 102


class Result(IntEnum):
    """Of one number. 12 and 100 stand in no table of the document; clients take what is not 0 for a refusal."""

    ACCEPTED = 0
    WRONG_EXTNO = 10
    WRONG_NUMBER = 12
    BALANCE_TOO_LOW = 15
    SIGNATURE_INVALID = 17
    NOT_NOW = 100


class Refusal(Exception):
    """The whole call is refused, and nothing of it was stored."""

    def __init__(self, status: Status) -> None:
        super().__init__(status.name)
        self.status = status
