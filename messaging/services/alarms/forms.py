"""How an alarm is written down: our own JSON, the robots of WeCom and DingTalk, and plain words for a mail."""

import base64
import hashlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from django.utils.timezone import localtime

from messaging.models import Alarm

SERVICE = "smsgateway"
MOST_BYTES = 4000  # WeCom refuses a markdown text beyond 4096 bytes; DingTalk takes more

STATES = {"in_force": "alarm", "repeated": "still in force", "ended": "ended"}


@dataclass(frozen=True)
class News:
    """What is told of an alarm. `state` is one of `STATES`; `since` is aware."""

    alarm: str
    subject: str
    detail: str
    next_step: str
    since: datetime
    state: str

    @classmethod
    def of(cls, alarm: Alarm) -> "News":
        in_force = "repeated" if alarm.told_at else "in_force"
        state = "ended" if alarm.ended_at else in_force
        return cls(alarm.name, alarm.subject, alarm.detail, alarm.next_step, alarm.since, state)

    @property
    def title(self) -> str:
        """One line: who speaks, what of, and whether it goes on."""
        return f"{SERVICE}: {self.alarm} {self.subject}".rstrip() + f" ({STATES[self.state]})"

    @property
    def lines(self) -> list[str]:
        """What happened, since when in the staff's time zone, and what to do while it goes on."""
        since = f"Since {localtime(self.since):%Y-%m-%d %H:%M %z}"
        todo = [] if self.state == "ended" else [f"Next step: {self.next_step}"]
        return [self.detail, *todo, since]


def generic(news: News) -> dict[str, Any]:
    """`since` is RFC 3339 in UTC."""
    return {
        "alarm": news.alarm,
        "subject": news.subject,
        "detail": news.detail,
        "next_step": news.next_step,
        "since": news.since.astimezone(UTC).isoformat().replace("+00:00", "Z"),
        "state": news.state,
        "service": SERVICE,
    }


def wecom(news: News) -> dict[str, Any]:
    content = "\n".join([f"**{news.title}**", *(f"> {line}" for line in news.lines)])
    return {"msgtype": "markdown", "markdown": {"content": _cut(content)}}


def dingtalk(news: News) -> dict[str, Any]:
    """DingTalk joins lines that no empty line parts."""
    text = "\n\n".join([f"#### {news.title}", *news.lines])
    return {"msgtype": "markdown", "markdown": {"title": news.title, "text": _cut(text)}}


def _cut(text: str) -> str:
    return text.encode()[:MOST_BYTES].decode(errors="ignore")


FORMS: dict[str, Callable[[News], dict[str, Any]]] = {
    "generic": generic,
    "wecom": wecom,
    "dingtalk": dingtalk,
}


def signed(url: str, secret: str, *, now: float) -> str:
    """Return a DingTalk robot's URL with `timestamp` (ms) and `sign`; `now` is in seconds since 1970.

    The robot's settings call it 加签: HMAC-SHA256 of "timestamp\\nsecret", keyed with the secret, in base64. It is
    refused when the clocks differ by more than an hour.
    """
    timestamp = round(now * 1000)
    digest = hmac.digest(secret.encode(), f"{timestamp}\n{secret}".encode(), hashlib.sha256)
    sign = quote(base64.b64encode(digest), safe="")
    return f"{url}{'&' if '?' in url else '?'}timestamp={timestamp}&sign={sign}"
