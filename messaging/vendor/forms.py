"""What we say to the vendor: the form fields of each action (document, sections 1 to 5)."""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from messaging.vendor import values

MAX_NUMBERS = 500
REPORT_SIZES = range(10, 10_001)
MO_SIZES = range(10, 1_001)

_HALF_LETTER = re.compile("[\ud800-\udfff]")
_PLAIN_MOBILES = re.compile("1[0-9]{10}(?:\n1[0-9]{10})*")  # five hundred at a glance
_SIGNED = {"password", "extno", "content", "mobile"}

Form = list[tuple[str, str]]


@dataclass(frozen=True)
class Login:
    """One login at the vendor; its repr hides the password.

    `md5_fields` and `md5_upper` matter in `md5` mode only: the document's order and lower case are the
    default, real clients also use `password+extno+mobile+content` and upper case. Raises ValueError
    when `md5_fields` names something else (document, sections 1.2 and 2.2).
    """

    base_url: str
    account: str
    password: str = field(repr=False)
    auth_mode: Literal["plain", "md5"] = "plain"
    md5_fields: str = "password+extno+content+mobile"
    md5_upper: bool = False

    def __post_init__(self) -> None:
        if not {"password"} <= set(self.md5_fields.split("+")) <= _SIGNED:
            raise ValueError("md5_fields joins password and some of extno, content, mobile with +")
        _check_encodable(self.account, self.password)


def send_form(login: Login, mobiles: Sequence[str], content: str, extno: str) -> Form:
    """Return the form of `send`: one text to up to 500 numbers (document, section 1.2).

    Raises ValueError when a number is empty, repeated or not fit for a comma list, when there are none or
    too many, or when the text is empty or cannot be UTF-8.
    """
    _check_mobiles(mobiles, forbidden=",")
    _check_texts([content], extno)
    joined = ",".join(mobiles)
    password = _signed(login, {"extno": extno, "content": content, "mobile": joined})
    return [
        *_opening(login, "send", password),
        ("mobile", joined),
        ("content", content),
        ("extno", extno),
        ("rt", "json"),
    ]


def p2p_form(login: Login, pairs: Sequence[tuple[str, str]], extno: str) -> Form:
    """Return the form of `p2p`: lines of `mobile#text`, each ended by CR as in the document's example
    (document, section 2.2).

    Raises ValueError as `send_form` does, and for a text with a line break, which no line can carry.
    """
    _check_mobiles([mobile for mobile, _ in pairs], forbidden="#")
    _check_texts([text for _, text in pairs], extno)
    if any("\r" in text or "\n" in text for _, text in pairs):
        raise ValueError("a text with a line break cannot travel by p2p")
    lines = [f"{mobile}#{text}" for mobile, text in pairs]
    password = _signed(login, {"extno": extno, "content": "".join(lines), "mobile": ""})
    return [
        *_opening(login, "p2p", password),
        ("mobileContentList", "".join(f"{line}\r" for line in lines)),
        ("extno", extno),
        ("rt", "json"),
    ]


def balance_form(login: Login) -> Form:
    """Return the form of `balance` (document, section 3.2)."""
    return [*_opening(login, "balance", _signed(login)), ("rt", "json")]


def report_form(login: Login, size: int) -> Form:
    """Return the form of `report` for up to `size` items.

    Raises ValueError when `size` is outside 10 … 10000 (document, section 4.2).
    """
    _check_size(size, REPORT_SIZES)
    return [*_opening(login, "report", _signed(login)), ("size", str(size)), ("rt", "json")]


def mo_form(login: Login, size: int) -> Form:
    """Return the form of `mo` for up to `size` items, named both `size` and `szie`.

    The document's table spells `szie`, its example `size`; a server reads one and ignores the other, both
    say the same, and neither is signed. Raises ValueError when `size` is outside 10 … 1000 (document,
    section 5.2).
    """
    _check_size(size, MO_SIZES)
    sizes = [("size", str(size)), ("szie", str(size))]
    return [*_opening(login, "mo", _signed(login)), *sizes, ("rt", "json")]


def _opening(login: Login, action: str, password: str) -> Form:
    return [("action", action), ("account", login.account), ("password", password)]


def _signed(login: Login, fields: dict[str, str] | None = None) -> str:
    """Return the password as it travels: as it is, or the MD5 of the joined fields as decoded UTF-8."""
    if login.auth_mode == "plain":
        return login.password
    named = {"password": login.password, **(fields or {})}
    text = "".join(named.get(name, "") for name in login.md5_fields.split("+"))
    digest = hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
    return digest.upper() if login.md5_upper else digest


def _check_mobiles(mobiles: Sequence[str], forbidden: str) -> None:
    if not 1 <= len(mobiles) <= MAX_NUMBERS:
        raise ValueError(f"a call carries 1 to {MAX_NUMBERS} numbers")
    joined = "\n".join(mobiles)
    plain = len(joined) == 12 * len(mobiles) - 1 and _PLAIN_MOBILES.fullmatch(joined)
    if not plain and any(not mobile.strip() or set(mobile) & {forbidden, "\r", "\n"} for mobile in mobiles):
        raise ValueError("a number is empty or holds a separator")
    if len(set(mobiles if plain else map(values.mobile, mobiles))) < len(mobiles):
        # Answers are matched by mobile, so a repeated one could not be told apart.
        raise ValueError("a number stands twice in one call")
    _check_encodable(*mobiles)


def _check_texts(texts: Sequence[str], extno: str) -> None:
    if not all(texts):
        raise ValueError("a text is empty")
    _check_encodable(extno, *texts)


def _check_encodable(*texts: str) -> None:
    # Asked before Python does: its own error would carry the text.
    if _HALF_LETTER.search("\n".join(texts)):
        raise ValueError("a text holds half a letter (a lone surrogate), which UTF-8 cannot carry")


def _check_size(size: int, allowed: range) -> None:
    if size not in allowed:
        raise ValueError(f"size must be {allowed[0]} to {allowed[-1]}")
