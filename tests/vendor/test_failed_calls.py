"""The failure table: what breaks on the way, and which error says so."""

import socket
from collections.abc import Callable

import pytest

from messaging.vendor.client import Client
from messaging.vendor.errors import HttpRefused, NeverLeft, OutcomeUnknown
from messaging.vendor.wire import Login
from tests.vendor.gateway import TAKEN, gateway, http_answer, reset


def _send(client: Client):
    return client.send(["13800000001"], "【Acme】hi", "10690")


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


UNREACHABLE: dict[str, Callable[[], str]] = {
    "connect_refused": lambda: f"http://127.0.0.1:{_free_port()}/sms",
    "dns_failure": lambda: "http://gateway.invalid:7862/sms",
    "bad_url": lambda: "ftp://127.0.0.1/sms",
}


@pytest.mark.parametrize("reason", UNREACHABLE)
def test_a_gateway_out_of_reach_got_nothing(reason):
    with pytest.raises(NeverLeft) as error:
        _send(Client(Login(UNREACHABLE[reason](), "a", "s3cret")))
    assert error.value.reason == reason
    assert error.value.raw == b""


@pytest.mark.parametrize(
    "url", ["", "gateway/sms", "http://", "http://[::1/sms", "http://a:99999/sms", "http://é..x/"]
)
def test_a_url_that_is_none_got_nothing(url):
    with pytest.raises(NeverLeft):
        _send(Client(Login(url, "a", "s3cret")))


def test_a_connection_that_is_never_answered_got_nothing():
    with socket.create_server(("127.0.0.1", 0), backlog=0) as listener:
        port = listener.getsockname()[1]
        waiting = [_half_open(port) for _ in range(3)]
        with pytest.raises(NeverLeft) as error:
            _send(Client(Login(f"http://127.0.0.1:{port}/sms", "a", "s3cret"), connect_timeout=0.2))
        for line in waiting:
            line.close()
    assert error.value.reason == "connect_timeout"
    assert 150 <= error.value.elapsed_ms < 2000


def _half_open(port: int) -> socket.socket:
    line = socket.socket()
    line.setblocking(False)
    line.connect_ex(("127.0.0.1", port))
    return line


@pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 411, 413, 414, 415, 429])
def test_a_web_server_that_refuses_has_submitted_nothing(status):
    answer = http_answer(b"<html>no</html>", f"{status} No", "Retry-After: 30")
    with gateway(answer) as server, pytest.raises(HttpRefused) as error:
        _send(Client(server.login()))
    assert (error.value.reason, error.value.http_status) == (f"http_{status}", status)
    assert (error.value.retry_after_s, error.value.raw) == (30, b"<html>no</html>")


def test_a_retry_after_that_is_a_date_is_ignored():
    answer = http_answer(b"", "429 Slow", "Retry-After: Wed, 21 Oct 2026 07:28:00 GMT")
    with gateway(answer) as server, pytest.raises(HttpRefused) as error:
        _send(Client(server.login()))
    assert error.value.retry_after_s is None


def _then(*steps: bytes | Callable[[socket.socket], None]) -> Callable[[socket.socket], None]:
    def script(line: socket.socket) -> None:
        for step in steps:
            line.sendall(step) if isinstance(step, bytes) else step(line)

    return script


HEAD = b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n"
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"

UNKNOWN = {
    "closed without an answer": (b"", "connection_closed"),
    "closed inside the headers": (b"HTTP/1.1 200 OK\r\nContent-Le", "empty_body"),
    "reset without an answer": (reset, "connection_reset"),
    "reset inside the body": (_then(HEAD, b'{"status"', reset), None),
    "closed inside the body": (HEAD + TAKEN[:40], "truncated"),
    "closed inside a chunk": (CHUNKED + b"ff\r\n" + TAKEN[:40], "truncated"),
    "a chunk that is none": (CHUNKED + b"zz\r\n", "truncated"),
    "no HTTP": (b"SSH-2.0-OpenSSH_9.2\r\n", "bad_http"),
    "endless headers": (b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * 500 + b"\r\n", "bad_http"),
    "302": (http_answer(b"", "302 Found", "Location: http://127.0.0.1:1/"), "http_302"),
    "307": (http_answer(b"", "307 Again", "Location: http://127.0.0.1:1/"), "http_307"),
    "408": (http_answer(b"", "408 Timeout"), "http_408"),
    "418": (http_answer(b"", "418 Teapot"), "http_418"),
    "500": (http_answer(TAKEN, "500 Oops"), "http_500"),
    "502": (http_answer(b"<html>", "502 Bad Gateway"), "http_502"),
    "503": (http_answer(b"", "503 Busy", "Retry-After: 1"), "http_503"),
    "504": (http_answer(b"", "504 Late"), "http_504"),
    "HTML": (http_answer(b"<html><body>Login</body></html>"), "unparsable"),
    "empty": (http_answer(b""), "empty_body"),
    "no content": (b"HTTP/1.1 204 No Content\r\n\r\n", "empty_body"),
    "blank": (http_answer(b" \r\n"), "empty_body"),
    "truncated without a length": (b"HTTP/1.0 200 OK\r\n\r\n" + TAKEN[:-1], "unparsable"),
    "compressed": (http_answer(b"\x1f\x8b\x08", "200 OK", "Content-Encoding: gzip"), "content_encoding"),
    "over the cap": (http_answer(TAKEN + b" " * 200_000), "body_too_large"),
    "list missing": (http_answer(b'{"status":"0"}'), "no_list"),
    "list null": (http_answer(b'{"status":"0","list":null}'), "no_list"),
    "list empty": (http_answer(b'{"status":"0","list":[]}'), "no_list"),
    "status unknown": (http_answer(b'{"status":"999"}'), "status_999"),
    "status null": (http_answer(b'{"status":null}'), "status_unknown"),
    "status missing": (http_answer(b"{}"), "status_unknown"),
    "status that is a text": (http_answer(b'{"status":"s3cret 13800000001"}'), "status_unknown"),
    "refused and taken at once": (http_answer(TAKEN.replace(b'"0"', b'"21"')), "contradictory"),
}


@pytest.mark.parametrize("case", UNKNOWN)
def test_whatever_breaks_after_the_first_byte_leaves_the_outcome_unknown(case):
    script, reason = UNKNOWN[case]
    with gateway(script) as server, pytest.raises(OutcomeUnknown) as error:
        _send(Client(server.login(), deadline=3, max_body=100_000))
    assert error.value.reason == reason or (
        reason is None and error.value.reason in {"connection_reset", "truncated"}
    )
    assert len(server.requests) == 1
    assert len(error.value.raw) <= 100_000


def test_what_arrived_of_a_broken_answer_is_kept():
    with gateway(HEAD + TAKEN[:40]) as server, pytest.raises(OutcomeUnknown) as error:
        _send(Client(server.login()))
    assert error.value.raw == TAKEN[:40]


def test_a_redirect_is_not_followed():
    with gateway(http_answer(TAKEN)) as elsewhere:
        moved = http_answer(b"", "302 Found", f"Location: http://127.0.0.1:{elsewhere.port}/sms")
        with gateway(moved) as server, pytest.raises(OutcomeUnknown):
            _send(Client(server.login()))
    assert elsewhere.requests == []
