"""How long a text is, what it costs, and how it can travel."""

import re

SINGLE_PART = 70
JOINED_PART = 67

LINE_BREAK = re.compile(r"[\r\n]")
SIGNATURE = re.compile(r"^【[^【】]{1,20}】")


# Line breaks and tabs are text; other control characters are a mistake or an attack on somebody's terminal.
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")


def units(content: str) -> int:
    """Count UTF-16 code units, as carriers do: an emoji is two (PROTOCOL section 5)."""
    return len(content.encode("utf-16-le")) // 2


def parts(content: str) -> int:
    """Return the number of parts the carrier bills: 70 units in one, 67 in each of several, signature included."""
    length = units(content)
    return 1 if length <= SINGLE_PART else -(-length // JOINED_PART)


def signature(content: str) -> str | None:
    """Return the signature a text starts with, such as `【Acme】`, or None."""
    match = SIGNATURE.match(content)
    return match.group() if match else None


def travels_by_p2p(content: str) -> bool:
    """A line break would end the record: nothing escapes it in `mobileContentList` (PROTOCOL 3.8)."""
    return LINE_BREAK.search(content) is None
