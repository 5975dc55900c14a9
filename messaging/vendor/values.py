"""Single values on the wire: text, numbers, mobiles and times, read from whatever type they come in."""

import json
import re
from datetime import UTC, datetime, timedelta, timezone
from functools import lru_cache

MAX_MID = 255
MAX_MOBILE = 32
MAX_LABEL = 64  # stat, accessCode, spid, time: a few characters each; longer is junk

_CHINA = timezone(timedelta(hours=8))
_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[ T][0-9]{2}:[0-9]{2}:[0-9]{2}")
_COUNTRY = re.compile(r"(?:\+|00)?86(?=1[0-9]{10}$)")
_PADDING = " \t\r\n\v\f\x00\u3000"
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")  # no database takes NUL, no UTF-8 a lone surrogate


class Unreadable(ValueError):
    """The body cannot be understood at all; it tells nothing about what the vendor did."""


def decode(body: bytes, *encodings: str) -> str:
    """Return the body's text in the first encoding that fits, UTF-8 unless told, without byte order mark.

    Raises Unreadable when none fits or nothing is in it.
    """
    for encoding in encodings or ("utf-8",):
        try:
            text = body.decode(encoding).removeprefix("\ufeff").strip(_PADDING)
        except UnicodeDecodeError:
            continue
        if text:
            return text
        raise Unreadable("empty")
    raise Unreadable("not text in a known encoding")


def _integer(digits: str) -> int | str:
    # No field is longer than 64 bits, and converting a thousand digits costs quadratic time.
    return int(digits) if len(digits) <= 20 else digits


def _refuse(constant: str) -> object:
    raise ValueError(f"{constant} is no value of this protocol")


# Not strict: inbound texts come with raw line breaks inside strings.
JSON = json.JSONDecoder(parse_int=_integer, parse_float=str, parse_constant=_refuse, strict=False)


def parse_json(text: str) -> object:
    """Return the JSON value of a whole text. Raises Unreadable, also for NaN and for absurd nesting."""
    try:
        return JSON.decode(text)
    except (ValueError, RecursionError):
        raise Unreadable("not JSON") from None


def storable(text: str) -> str:
    """Return the text with what no database can hold (NUL, lone surrogates) made visible as U+FFFD."""
    if text.isascii() and "\x00" not in text:
        return text
    return _UNSTORABLE.sub("\ufffd", text)


def label(value: object, limit: int = MAX_LABEL) -> str:
    """Return a short value as trimmed text; "" when it is missing, too long or no text or number."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        return ""
    text = str(value).strip(_PADDING)
    return storable(text) if len(text) <= limit else ""


def mid(value: object) -> str:
    """Return a message id exactly as it came: opaque, never trimmed, re-cased or stripped of zeros; ""
    if there is none (document, section 1.3)."""
    if not label(value, MAX_MID):
        return ""
    return storable(str(value))[:MAX_MID]


def mobile(value: object) -> str:
    """Return a mobile without spaces and country code (`+86`, `0086`, `86`); "" if there is none."""
    text = "".join(label(value, MAX_MOBILE).split())
    return _COUNTRY.sub("", text, count=1)


def whole(value: object) -> int | None:
    """Return a 64-bit integer given as number or text, None for anything else."""
    text = label(value)
    if not re.fullmatch(r"[+-]?[0-9]{1,20}", text):
        return None
    number = int(text)
    return number if -(2**63) <= number < 2**63 else None


@lru_cache(maxsize=4096)  # a page names few different seconds
def china_time(text: str) -> datetime | None:
    """Return the UTC instant of `YYYY-MM-DD HH:MM:SS`, which the vendor writes in China time (UTC+8)
    without saying so; None when it is not of that form (document, sections 4 to 6)."""
    if not _TIME.fullmatch(text):
        return None
    try:
        return datetime.fromisoformat(text).replace(tzinfo=_CHINA).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
