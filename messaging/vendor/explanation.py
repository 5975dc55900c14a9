"""What is said of one vendor code: the shape of a dictionary row, and the words it chooses from."""

from dataclasses import dataclass
from enum import StrEnum


class Table(StrEnum):
    """The vendor's three code tables (document, sections 7, 8 and 9)."""

    STATUS = "STATUS"
    RESULT = "RESULT"
    STAT = "STAT"


class Who(StrEnum):
    """Who must act next."""

    CALLER = "caller"
    CONTENT = "content"
    ADMIN = "admin"
    VENDOR = "vendor"
    CARRIER = "carrier"


class Retry(StrEnum):
    """Whether sending the same message again can help, and when."""

    NEVER = "never"
    LATER = "later"
    AFTER_FIX = "after_fix"


class Effect(StrEnum):
    """What our side does about a code; nobody else compares code numbers."""

    ACCEPTED = "accepted"
    MALFORMED = "malformed"
    ACCOUNT_TROUBLE = "account_trouble"
    THROTTLED = "throttled"
    TOO_MANY = "too_many"
    INTERNAL = "internal"
    NO_CREDIT = "no_credit"
    WRONG_EXTNO = "wrong_extno"
    BAD_SIGNATURE = "bad_signature"
    REFUSED = "refused"
    AMBIGUOUS = "ambiguous"
    DELIVERED = "delivered"
    FAILED = "failed"
    FAILED_UNCERTAIN = "failed_uncertain"
    INTERMEDIATE = "intermediate"


@dataclass(frozen=True)
class Words:
    """One sentence in both languages."""

    en: str
    zh: str


@dataclass(frozen=True)
class Code:
    """One row of the dictionary: what a code means, who acts, and the next step.

    `documented` is false for codes that only real gateways show; `known` is false for codes in no
    table at all, whose `code` is then the vendor's text as it came (document, sections 7 to 10).
    """

    table: Table
    code: str
    effect: Effect
    meaning: Words
    cause: Words
    action: Words
    who: Who
    retry: Retry
    documented: bool
    known: bool = True


def row(
    table: Table,
    code: str,
    effect: Effect,
    who: Who,
    retry: Retry,
    *words: str,
    documented: bool = True,
    known: bool = True,
) -> Code:
    """Return one dictionary row; `words` are meaning, cause and action, each in English, then Chinese.

    Raises ValueError when a row does not have its six sentences.
    """
    meaning_en, meaning_zh, cause_en, cause_zh, action_en, action_zh = words
    return Code(
        table,
        code,
        effect,
        Words(meaning_en, meaning_zh),
        Words(cause_en, cause_zh),
        Words(action_en, action_zh),
        who,
        retry,
        documented,
        known,
    )
