import socket
from collections.abc import Iterator

import pytest

from tests.simulator.conftest import Fetch
from tests.simulator.process import Simulator

BALANCE = b"action=balance&account=922011&password=simulator&rt=json"


def exchange(simulator: Simulator, octets: bytes) -> bytes:
    """Send raw bytes and read until the gateway hangs up."""
    with socket.create_connection(("127.0.0.1", simulator.port), timeout=10) as connection:
        connection.sendall(octets)
        connection.shutdown(socket.SHUT_WR)
        return connection.makefile("rb").read()


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/", 404), ("POST", "/smsv2", 404), ("PUT", "/sms", 405), ("GET", "/control/nothing", 404)],
)
def test_what_is_not_there_is_refused(fetch: Fetch, method: str, path: str, status: int) -> None:
    assert fetch(method, path).status == status


@pytest.mark.parametrize(
    ("head", "status"),
    [
        (b"nonsense\r\n\r\n", 400),
        (b"GET sms HTTP/1.1\r\n\r\n", 400),
        (b"GET //[ HTTP/1.1\r\n\r\n", 404),
        (b"GET /sms HTTP/1.1\r\nno colon\r\n\r\n", 400),
        (b"POST /sms HTTP/1.1\r\nContent-Length: -1\r\n\r\n", 400),
        (b"POST /sms HTTP/1.1\r\nContent-Length: ten\r\n\r\n", 400),
        (b"POST /sms HTTP/1.1\r\nContent-Length: 8388609\r\n\r\n", 413),
        (b"POST /sms HTTP/1.1\r\nTransfer-Encoding: gzip\r\n\r\n", 400),
        (b"POST /sms HTTP/1.1\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n", 400),
        (b"POST /sms HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", 400),
        (b"POST /sms HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n800001\r\n", 413),
        (b"GET /sms?" + b"x" * 1_100_000 + b" HTTP/1.1\r\n\r\n", 431),
    ],
)
def test_what_is_no_http_is_refused(simulator: Simulator, head: bytes, status: int) -> None:
    assert exchange(simulator, head).startswith(b"HTTP/1.1 %d " % status)


def test_a_large_body_is_refused_before_the_sender_is_cut_off(fetch: Fetch) -> None:
    assert fetch("POST", "/sms", b"x" * 9_000_000).status == 413


def test_a_body_of_eight_megabytes_is_read(fetch: Fetch) -> None:
    assert fetch("POST", "/sms", BALANCE + b"&x=" + b"y" * 8_000_000).status == 200


def test_a_chunked_body_is_read(fetch: Fetch) -> None:
    def chunks() -> Iterator[bytes]:
        yield BALANCE[:10]
        yield BALANCE[10:]

    assert '"status":0' in fetch("POST", "/sms", chunks()).text


def test_a_connection_carries_many_calls(simulator: Simulator) -> None:
    call = b"POST /sms HTTP/1.1\r\nContent-Length: %d\r\n\r\n%s" % (len(BALANCE), BALANCE)
    assert exchange(simulator, call * 3).count(b'"status":0') == 3


@pytest.mark.parametrize(
    "start", [b"GET /sms HTTP/1.0\r\n\r\n", b"GET /sms HTTP/1.1\r\nConnection: close\r\n\r\n"]
)
def test_a_connection_closes_when_told_to(simulator: Simulator, start: bytes) -> None:
    answer = exchange(simulator, start + b"GET /sms HTTP/1.1\r\n\r\n")
    assert answer.count(b"HTTP/1.1 200") == 1
    assert b"Connection: close" in answer


def test_a_client_that_asks_first_is_told_to_go_on(simulator: Simulator) -> None:
    head = b"POST /sms HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: %d\r\n\r\n" % len(BALANCE)
    assert exchange(simulator, head + BALANCE).startswith(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 ")
