"""The total deadline holds against a peer that is silent, and one that drips."""

import socket
import threading
import time

import pytest

from messaging.vendor.client import Client
from messaging.vendor.errors import OutcomeUnknown
from messaging.vendor.wire import Login
from tests.vendor.gateway import TAKEN, gateway, http_answer


def _silent(line: socket.socket) -> None:
    line.settimeout(3)
    line.recv(1)


def _dripping(answer: bytes):
    def drip(line: socket.socket) -> None:
        for byte in answer:
            line.sendall(bytes([byte]))
            time.sleep(0.03)

    return drip


SLOW = {
    "silence": _silent,
    "a drip in the status line": _dripping(b"HTTP/1.1 200 " + b"O" * 200),
    "a drip in the headers": _dripping(b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * 50),
    "an endless 100 Continue": _dripping(b"HTTP/1.1 100 Continue\r\n\r\n" * 50),
    "a drip in the body": _dripping(http_answer(b" " * 500)[-510:]),
    "a drip in a body with length": _dripping(http_answer(b" " * 200)),
}


@pytest.mark.parametrize("case", SLOW)
def test_no_peer_holds_a_call_beyond_its_deadline(case):
    started = time.monotonic()
    with gateway(SLOW[case]) as server, pytest.raises(OutcomeUnknown) as error:
        Client(server.login(), deadline=0.3).send(["13800000001"], "hi", "1")
    assert error.value.reason in {"read_timeout", "bad_http"}
    assert 250 <= error.value.elapsed_ms < 2500 or error.value.reason == "bad_http"
    assert time.monotonic() - started < 4


def test_a_peer_that_does_not_read_holds_no_call_either():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        login_port = listener.getsockname()[1]
        client = Client(Login(f"http://127.0.0.1:{login_port}/sms", "a", "p"), deadline=0.5)
        with pytest.raises(OutcomeUnknown) as error:
            client.send(["13800000001"], "长" * 400_000, "1")
    assert error.value.reason == "read_timeout"


def test_a_slow_answer_within_the_deadline_is_taken_and_no_thread_stays():
    before = threading.active_count()

    def late(line: socket.socket) -> None:
        time.sleep(0.2)
        line.sendall(http_answer(TAKEN))

    with gateway(late) as server:
        done = Client(server.login(), connect_timeout=0.1, deadline=2).send(["13800000001"], "hi", "1")
    assert done.answer.rows[0].accepted
    assert done.elapsed_ms >= 200
    assert threading.active_count() <= before
