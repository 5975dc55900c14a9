"""Pushes as a gateway writes them to the socket of the web server: in chunks, cut short, or not at all."""

import json
import re
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from messaging.models import UpstreamPayload
from tests.incoming.items import inbound
from tests.incoming.programs import environment

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.fault("G24")]

ROOT = Path(__file__).resolve().parents[2]
TEXT = json.dumps([inbound("A1", "上行内容")], ensure_ascii=False).encode()
GUNICORN = (sys.executable, "-m", "gunicorn", "smsgateway.wsgi", "--bind", "127.0.0.1:0", "--threads", "2")


@pytest.fixture(scope="module")
def port(django_db_setup):
    """Our web server, as production runs it."""
    server = subprocess.Popen(GUNICORN, cwd=ROOT, env=environment(), stderr=subprocess.PIPE, text=True)
    try:
        listening = (re.search(r"Listening at: http://127\.0\.0\.1:(\d+)", line) for line in server.stderr)
        yield int(next(filter(None, listening))[1])
    finally:
        server.terminate()
        server.communicate(timeout=30)


@pytest.fixture
def say(port, upstream):
    """Send a head and a body as they are, say no more, and return status and body of the answer, if there is one."""

    def run(head, body):
        request = (
            f"POST {upstream.push_path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{head}\r\n\r\n"
        )
        with socket.create_connection(("127.0.0.1", port), timeout=30) as line:
            line.sendall(request.encode() + body)
            line.shutdown(socket.SHUT_WR)
            answer = b"".join(iter(lambda: line.recv(65536), b""))
        status, _, content = answer.partition(b"\r\n\r\n")
        return int(status.split()[1]) if status else None, content

    return run


def chunked(body):
    portions = [body[start : start + 50] for start in range(0, len(body), 50)]
    return b"".join(b"%x\r\n%s\r\n" % (len(portion), portion) for portion in [*portions, b""])


CHUNKED = "Transfer-Encoding: chunked\r\nContent-Type: application/json"


def test_a_chunked_body_is_read(say):
    assert say(CHUNKED, chunked(TEXT)) == (200, b"OK")
    assert bytes(UpstreamPayload.objects.get().body) == TEXT


@pytest.mark.parametrize("body", [b"", b" \r\n"])
def test_a_body_of_nothing_is_refused(say, body):
    status, content = say(CHUNKED, chunked(body))
    assert (status, b"OK" in content) == (400, False)
    assert not UpstreamPayload.objects.exists()


@pytest.mark.fault("G23")
def test_a_chunked_body_of_ten_megabytes_is_refused(say):
    size = 10_000_000
    status, content = say(CHUNKED, b"%x\r\n%s\r\n0\r\n\r\n" % (size, b" " * size))
    assert (status, b"OK" in content) == (413, False)
    assert not UpstreamPayload.objects.exists()


@pytest.mark.parametrize("sent", [0, 1, len(TEXT) - 1])
def test_a_body_shorter_than_announced_is_refused(say, sent):
    status, content = say(f"Content-Length: {len(TEXT)}", TEXT[:sent])
    assert (status, b"OK" in content) == (400, False)
    assert not UpstreamPayload.objects.exists()


@pytest.mark.parametrize("missing", [5, 8, 60])
def test_chunks_that_never_end_are_not_acknowledged(say, missing):
    _status, content = say(CHUNKED, chunked(TEXT)[:-missing])
    assert b"OK" not in content
    assert not UpstreamPayload.objects.exists()
