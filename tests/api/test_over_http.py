"""Bodies as networks bring them: too large, in chunks, slow, or cut off (FAULTS A5, A13, A14)."""

import json
import time
from contextlib import suppress

import pytest
from django.test import Client

from accounts.services import create_application
from messaging.models import Message
from tests.api.web import answered, head, running_web

pytestmark = pytest.mark.django_db(transaction=True)

GOOD = json.dumps({"to": "13800000001", "content": "hi"}).encode()
LIMIT = 200_000
MEGABYTES = 100


@pytest.fixture(scope="module")
def web(django_db_setup, tmp_path_factory):
    short = {"MAX_REQUEST_BYTES": str(LIMIT), "REQUEST_BODY_SECONDS": "2", "REMEMBER_SECONDS": "0"}
    with running_web(tmp_path_factory.mktemp("web"), **short) as server:
        yield server


@pytest.fixture
def key(transactional_db):
    return create_application("shop", environment="sandbox")[1]


def chunked(*portions):
    return b"".join(b"%x\r\n%s\r\n" % (len(portion), portion) for portion in [*portions, b""])


def said(web, octets):
    with web.line() as line:
        line.sendall(octets)
        return answered(line)


def test_a_chunked_body_is_read(web, key):
    body = chunked(GOOD[:10], GOOD[10:])
    assert said(web, head(key, "Transfer-Encoding: chunked") + body)[0] == 202


@pytest.mark.fault("A5")
@pytest.mark.parametrize("way", ["announced", "chunked"])
def test_a_body_over_the_limit_is_refused_and_never_held(web, key, way):
    assert said(web, head(key, f"Content-Length: {len(GOOD)}") + GOOD)[0] == 202
    before = web.memory()
    for _ in range(3):
        with web.line() as line:
            if way == "announced":
                line.sendall(head(key, f"Content-Length: {MEGABYTES << 20}"))
                send_until_cut(line, b" " * (1 << 20))
            else:
                line.sendall(head(key, "Transfer-Encoding: chunked"))
                send_until_cut(line, b"100000\r\n" + b" " * (1 << 20) + b"\r\n")
            status, first, body = answered(line)
        assert (status, json.loads(body)["code"]) == (413, "body_too_large")
        assert b"application/problem+json" in first
        assert str(LIMIT) in json.loads(body)["detail"]
    assert web.memory() - before < 10 << 20
    assert Message.objects.count() == 1


def send_until_cut(line, portion):
    """As much as the server takes: it may answer, and hang up, before it has all."""
    with suppress(OSError):
        for _ in range(MEGABYTES):
            line.sendall(portion)


@pytest.mark.fault("A5")
def test_a_body_without_length_is_empty(web, key):
    status, _, body = said(web, head(key) + GOOD)
    assert (status, json.loads(body)["code"]) == (400, "invalid_json")


@pytest.mark.fault("A13")
@pytest.mark.parametrize("path", ["messages", "batches"])
def test_a_caller_that_goes_before_the_answer_sends_again_and_is_told(web, key, path):
    body = GOOD if path == "messages" else json.dumps({"to": ["13800000001"], "content": "hi"}).encode()
    whole = head(key, f"Content-Length: {len(body)}", "Idempotency-Key: k-1", path=f"/api/v1/{path}") + body
    for _ in range(5):
        with web.line() as line:
            line.sendall(whole)
    status, _first, answer = said(web, whole)
    assert status == 202
    again = said(web, whole)
    assert b"Idempotent-Replayed: true" in again[1]
    assert again[2] == answer
    assert Message.objects.count() == 1


@pytest.mark.fault("A14")
def test_slow_uploads_end_and_harm_nobody_else(web, key):
    """Six of eight threads listen to somebody slow; a byte now and then keeps nobody."""
    slow = [web.line() for _ in range(6)]
    for line in slow:
        line.sendall(head(key, "Content-Length: 100000"))
    ends = time.monotonic() + 1.5
    worst = 0.0
    while time.monotonic() < ends:
        for line in slow:
            line.sendall(b" ")
        began = time.monotonic()
        assert said(web, head(key, f"Content-Length: {len(GOOD)}") + GOOD)[0] == 202
        worst = max(worst, time.monotonic() - began)
    assert worst < 1
    for line in slow:
        status, _first, body = answered(line)
        assert (status, json.loads(body)["code"], json.loads(body)["retry"]) == (
            408,
            "body_too_slow",
            "later",
        )
        line.close()


@pytest.mark.fault("A14")
def test_more_slow_uploads_than_threads_hold_the_others_no_longer_than_they_may(web, key):
    slow = [web.line() for _ in range(12)]
    for line in slow[:6]:
        line.sendall(head(key, f"Content-Length: {len(GOOD)}"))
    for line in slow[6:]:
        line.sendall(head(key, "Transfer-Encoding: chunked") + b"5\r\n{")
    began = time.monotonic()
    assert said(web, head(key, f"Content-Length: {len(GOOD)}") + GOOD)[0] == 202
    assert time.monotonic() - began < 6
    for line in slow:
        assert answered(line)[0] == 408
        line.close()
    assert Message.objects.count() == 1


def test_a_whole_body_is_never_late(web, key):
    with web.line() as line:
        for _ in range(3):
            line.sendall(head(key, f"Content-Length: {len(GOOD)}") + GOOD)
            assert answered(line)[0] == 202
            time.sleep(1)


def test_another_server_than_ours_is_not_watched():
    """Django's own, or a test's: there is no socket to end."""
    assert Client().post("/api/v1/messages", GOOD, content_type="application/json").status_code == 401
