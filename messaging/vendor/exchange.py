"""One HTTP exchange with the vendor, or with whom its protocol has us push to: the only place that opens a socket.

Timeouts, deadline, timing, redaction and the first sorting of errors live in `exchange`, and only there.
"""

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from http.client import HTTPException, IncompleteRead, RemoteDisconnected
from time import monotonic
from urllib.parse import urlencode

from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import (
    ConnectTimeoutError,
    HTTPError,
    LocationParseError,
    NameResolutionError,
    NewConnectionError,
    ReadTimeoutError,
)
from urllib3.response import BaseHTTPResponse
from urllib3.util import SKIP_HEADER, Url, parse_url

from messaging.vendor.errors import NeverLeft, OutcomeUnknown, VendorError
from messaging.vendor.forms import Form

_FORM = "application/x-www-form-urlencoded; charset=UTF-8"
_HEADERS = {
    "Connection": "close",
    "User-Agent": "smsgateway",
    "Accept-Encoding": SKIP_HEADER,  # nothing compressed, so nothing can explode
}
_BROKEN = (OSError, HTTPException, HTTPError)
_CHUNK = 64 * 1024


@dataclass(frozen=True)
class Limits:
    """How long and how much: connect and whole call in seconds, the answer's body in bytes."""

    connect_timeout: float = 5.0
    deadline: float = 15.0
    max_body: int = 4 * 1024 * 1024


@dataclass(frozen=True)
class Reply:
    """What came back; `cut` says why the body ended early, None when it did not."""

    http_status: int
    body: bytes
    cut: str | None
    encoded: bool
    retry_after_s: int | None
    elapsed_ms: int


def exchange(url: str, form: Form, limits: Limits) -> Reply:
    """POST a form over one fresh connection and return what came back, whatever its HTTP status.

    No retry, no redirect, no proxy; certificates are checked against the system's authorities. Raises
    NeverLeft while no byte of the request can have left, OutcomeUnknown when no answer began after that.
    """
    return post(url, urlencode(form).encode("ascii"), _FORM, limits)


def post(url: str, body: bytes, content_type: str, limits: Limits, *, address: str | None = None) -> Reply:
    """POST a body as `exchange` does a form; to this IP address, where the caller has looked the host up itself.

    Certificates are then checked against the URL's host all the same.
    """
    started = monotonic()
    try:
        target = _parsed(url)
        headers = _HEADERS | {"Content-Type": content_type}
        if address is not None:
            headers["Host"] = target.netloc or ""
        with closing(_connect(target, address, limits.connect_timeout)) as connection:
            return _converse(connection, target.request_uri, body, headers, limits, started)
    except VendorError as error:
        error.elapsed_ms = _since(started)
        raise


def _parsed(url: str) -> Url:
    try:
        parsed = parse_url(url)
    except LocationParseError:
        raise NeverLeft("bad_url") from None
    if parsed.scheme not in {"http", "https"} or not parsed.host:
        raise NeverLeft("bad_url")
    return parsed


def _connect(url: Url, address: str | None, timeout: float) -> HTTPConnection:
    host = (url.host or "").strip("[]")
    connection = (
        HTTPSConnection(
            address or host, url.port, timeout=timeout, ssl_context=_trust(), server_hostname=host
        )
        if url.scheme == "https"
        else HTTPConnection(address or host, url.port, timeout=timeout)
    )  # fmt: skip
    try:
        connection.connect()
    except (*_BROKEN, UnicodeError) as error:
        connection.close()
        raise NeverLeft(_why_no_connection(error)) from error
    return connection


@cache
def _trust() -> ssl.SSLContext:
    return ssl.create_default_context()  # loading the authorities takes longer than a call


def _why_no_connection(error: Exception) -> str:
    if isinstance(error, NameResolutionError | UnicodeError):
        return "dns_failure"
    if isinstance(error, NewConnectionError):  # a kind of ConnectTimeoutError, to urllib3
        return "connect_refused" if isinstance(error.__cause__, ConnectionRefusedError) else "connect_failed"
    if isinstance(error, ConnectTimeoutError | TimeoutError):
        return "connect_timeout"
    return "tls_failure"  # the TCP connection stood


def _converse(
    connection: HTTPConnection,
    path: str,
    body: bytes,
    headers: dict[str, str],
    limits: Limits,
    started: float,
) -> Reply:
    left = limits.deadline - (monotonic() - started)
    if left <= 0:
        raise NeverLeft("connect_timeout")
    with _watched(connection, left) as overdue:
        try:
            connection.request(
                "POST", path, body=body, headers=headers, preload_content=False, decode_content=False
            )
            response = connection.getresponse()
        except _BROKEN as error:
            # From None: the peer's first line, which may repeat a text, stands in some of these errors.
            raise OutcomeUnknown("read_timeout" if overdue.is_set() else _why_broken(error)) from None
        with closing(response):
            answer, cut = _read(response, limits.max_body)
            return Reply(
                http_status=response.status,
                body=answer,
                cut="read_timeout" if overdue.is_set() else cut,
                encoded=response.headers.get("Content-Encoding", "identity").lower() != "identity",
                retry_after_s=_seconds(response.headers.get("Retry-After")),
                elapsed_ms=_since(started),
            )


@contextmanager
def _watched(connection: HTTPConnection, seconds: float) -> Iterator[threading.Event]:
    """Cut the line after so many seconds, whatever the peer does; the event says that it happened.

    A socket's own timeout starts again with every byte, headers included. One short-lived thread a call
    costs some 50 µs, next to a round trip of tens of milliseconds.
    """
    overdue = threading.Event()
    line = connection.sock
    connection.timeout = seconds  # a second guard, should the timer starve
    line.settimeout(seconds)

    def cut() -> None:
        overdue.set()
        with suppress(OSError):
            # The plain socket's shutdown: SSLSocket's own would drop its state under the reader.
            socket.socket.shutdown(line, socket.SHUT_RDWR)

    timer = threading.Timer(seconds, cut)
    timer.daemon = True
    timer.start()
    try:
        yield overdue
    finally:
        timer.cancel()


def _read(response: BaseHTTPResponse, max_body: int) -> tuple[bytes, str | None]:
    """Return the body and why it ended early; what came before a fault is kept."""
    body = bytearray()
    try:
        while chunk := response.read1(_CHUNK):
            body += chunk
            if len(body) > max_body:
                return bytes(body[:max_body]), "body_too_large"
    except _BROKEN as error:
        return bytes(body), _why_broken(error)
    return bytes(body), None


def _why_broken(error: Exception) -> str:
    cause = error.__cause__ or error
    if isinstance(cause, TimeoutError | ReadTimeoutError):
        return "read_timeout"
    if isinstance(cause, RemoteDisconnected):
        return "connection_closed"
    if isinstance(cause, IncompleteRead):
        return "truncated"
    return "connection_reset" if isinstance(cause, OSError) else "bad_http"


def _seconds(retry_after: str | None) -> int | None:
    text = (retry_after or "").strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 6 else None


def _since(started: float) -> int:
    return round((monotonic() - started) * 1000)
