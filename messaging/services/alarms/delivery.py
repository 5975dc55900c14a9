"""Who is told, and whether they took it: one POST, or a mail."""

import json
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from http.client import HTTPException
from smtplib import SMTPException

import structlog
from django.conf import settings
from django.core.mail import send_mail
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError
from urllib3.util import SKIP_HEADER, Url, parse_url

from messaging.services.alarms.forms import FORMS, News, signed

log = structlog.get_logger(__name__)

CONNECT_SECONDS = 5.0
POST_SECONDS = 10.0  # from the first look-up to the last byte
SECONDS_TO_TELL = 2 * POST_SECONDS  # a POST and a mail
MOST_BYTES = 64 * 1024
HEADERS = {
    "Content-Type": "application/json; charset=utf-8",
    "Connection": "close",
    "User-Agent": "smsgateway",
    "Accept-Encoding": SKIP_HEADER,
}
ROBOTS = frozenset({"wecom", "dingtalk"})  # they answer 200 to what they refuse, and say so in `errcode`


class NotTaken(Exception):
    """Nobody took the news. The reason is a constant word: a webhook's address is a secret."""


def somebody_listens() -> bool:
    return bool(_ways())


def deliver(news: News) -> bool:
    """Tell it by every way that is set; return whether one of them took it."""
    taken = [_tried(way, news) for way in _ways()]
    return any(taken)


def _ways() -> list[Callable[[News], None]]:
    ways = ((settings.ALERT_WEBHOOK_URL, post), (settings.ALERT_MAIL_TO, mail))
    return [way for address, way in ways if address]


def _tried(way: Callable[[News], None], news: News) -> bool:
    try:
        way(news)
    except NotTaken as error:
        log.warning(
            "alarm_not_told", alarm=news.alarm, subject=news.subject, way=way.__name__, reason=str(error)
        )
        return False
    return True


def mail(news: News) -> None:
    try:
        send_mail(news.title, "\n\n".join(news.lines), None, settings.ALERT_MAIL_TO)
    except (SMTPException, OSError) as error:
        raise NotTaken(type(error).__name__) from None


def post(news: News) -> None:
    form, url = settings.ALERT_WEBHOOK_FORM, settings.ALERT_WEBHOOK_URL
    if form not in FORMS:
        raise NotTaken("unknown_form")
    if form == "dingtalk" and settings.ALERT_WEBHOOK_SECRET:
        url = signed(url, settings.ALERT_WEBHOOK_SECRET, now=time.time())
    status, answer = _exchange(url, json.dumps(FORMS[form](news), ensure_ascii=False).encode())
    if not 200 <= status < 300:
        raise NotTaken(f"http_{status}")
    if form in ROBOTS and (code := _errcode(answer)) != 0:
        raise NotTaken("errcode_missing" if code is None else f"errcode_{code}")


def _errcode(answer: bytes) -> int | None:
    try:
        said = json.loads(answer)
    except (ValueError, RecursionError):
        return None
    code = said.get("errcode") if isinstance(said, dict) else None
    return code if isinstance(code, int) else None


def _exchange(url: str, body: bytes) -> tuple[int, bytes]:
    """POST over one fresh connection, no redirect, no retry; return HTTP status and the answer's first bytes."""
    started = time.monotonic()
    try:
        with closing(_connect(parse_url(url))) as connection:
            return _converse(connection, parse_url(url).request_uri, body, started + POST_SECONDS)
    except (OSError, HTTPException, HTTPError, UnicodeError) as error:
        raise NotTaken(type(error).__name__) from None


def _converse(connection: HTTPConnection, path: str, body: bytes, until: float) -> tuple[int, bytes]:
    with _cut_after(connection, until - time.monotonic()):
        connection.request(
            "POST", path, body=body, headers=HEADERS, preload_content=False, decode_content=False
        )
        with closing(connection.getresponse()) as response:
            return response.status, response.read(MOST_BYTES)


def _connect(url: Url) -> HTTPConnection:
    if url.scheme not in {"http", "https"} or not url.host:
        raise NotTaken("bad_url")
    host = url.host.strip("[]")
    connection = (
        HTTPSConnection(host, url.port, timeout=CONNECT_SECONDS, ssl_context=ssl.create_default_context())
        if url.scheme == "https"
        else HTTPConnection(host, url.port, timeout=CONNECT_SECONDS)
    )
    connection.connect()
    return connection


@contextmanager
def _cut_after(connection: HTTPConnection, seconds: float) -> Iterator[None]:
    """Cut the line after so many seconds: a socket's own timeout starts again with every byte that drips."""
    line = connection.sock
    connection.timeout = max(seconds, 0.1)
    line.settimeout(connection.timeout)

    def cut() -> None:
        with suppress(OSError):
            socket.socket.shutdown(
                line, socket.SHUT_RDWR
            )  # SSLSocket's own would drop its state under the reader

    timer = threading.Timer(connection.timeout, cut)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
