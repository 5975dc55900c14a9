"""How a client proves who it is: the password, or the MD5 of it and what it sends (document, sections 1.2 to 5.2)."""

import hashlib
import re
from hmac import compare_digest

from accounts.models import GatewayLogin
from messaging.gateway.forms import Call

LINE_BREAK = re.compile(r"\r\n|\r|\n")


def proves(call: Call, login: GatewayLogin, password: str) -> bool:
    """Return whether a call bears the password in a form that the login allows."""
    given = call["password"].encode()
    modes = login.AuthMode
    plain = login.auth_mode != modes.MD5 and compare_digest(given, password.encode())
    signed = login.auth_mode != modes.PLAIN and compare_digest(given.lower(), _signature(call, password))
    return plain or signed


def _signature(call: Call, password: str) -> bytes:
    """The MD5 in lower-case hex, over the values as they are before they are encoded."""
    signed = {
        "send": lambda: call["extno"] + call["content"] + call["mobile"],
        "p2p": lambda: call["extno"] + LINE_BREAK.sub("", call["mobileContentList"]),
    }.get(call.action, str)()
    return hashlib.md5((password + signed).encode(), usedforsecurity=False).hexdigest().encode()
