"""Fetched pages come back as bytes, whatever they are: what was answered is gone at the vendor."""

import time

import pytest

from messaging.vendor.client import Client
from messaging.vendor.errors import HttpRefused, NeverLeft, OutcomeUnknown
from messaging.vendor.wire import Login
from tests.vendor.gateway import gateway, http_answer, reset

PAGE = b'{"status":"0","list":[{"flag":1}]}'
HEAD = b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n"


def _fetch(answer, **settings):
    with gateway(answer) as server:
        return Client(server.login(), **settings).fetch_reports(10)


def _cut_by_reset(line):
    line.sendall(HEAD + PAGE[:20])
    time.sleep(0.1)
    reset(line)


def _cut_by_silence(line):
    line.sendall(HEAD + PAGE[:20])
    line.settimeout(2)
    line.recv(1)


WHOLE = {
    "a page": (http_answer(PAGE), PAGE, 200),
    "a status in place of a page": (http_answer(b'{"status":"3"}'), b'{"status":"3"}', 200),
    "HTML": (http_answer(b"<html>"), b"<html>", 200),
    "not even text": (http_answer(b"\xff\x00"), b"\xff\x00", 200),
    "an error page": (http_answer(b"<html>", "502 Bad"), b"<html>", 502),
    "a refusal with a body": (http_answer(PAGE, "404 No"), PAGE, 404),
    "a redirect with a body": (http_answer(PAGE, "302 Found", "Location: http://x/"), PAGE, 302),
    "a compressed page": (http_answer(b"\x1f\x8b", "200 OK", "Content-Encoding: gzip"), b"\x1f\x8b", 200),
}


@pytest.mark.parametrize("case", WHOLE)
def test_whatever_came_is_handed_on_unread(case):
    answer, raw, status = WHOLE[case]
    fetched = _fetch(answer)
    assert (fetched.raw, fetched.truncated, fetched.http_status) == (raw, False, status)


CUT = {
    "closed": (HEAD + PAGE[:20], PAGE[:20]),
    "reset": (_cut_by_reset, PAGE[:20]),
    "silence": (_cut_by_silence, PAGE[:20]),
    "over the cap": (http_answer(b"x" * 5000), b"x" * 1000),
}


@pytest.mark.parametrize("case", CUT)
def test_what_arrived_of_a_cut_page_is_handed_on_and_marked(case):
    answer, raw = CUT[case]
    fetched = _fetch(answer, deadline=0.4, max_body=1000)
    assert (fetched.raw, fetched.truncated) == (raw, True)


@pytest.mark.parametrize(
    ("answer", "kind", "reason"),
    [
        (http_answer(b""), OutcomeUnknown, "empty_body"),
        (http_answer(b"", "502 Bad"), OutcomeUnknown, "http_502"),
        (HEAD, OutcomeUnknown, "truncated"),
        (b"", OutcomeUnknown, "connection_closed"),
        (http_answer(b"", "429 Slow", "Retry-After: 7"), HttpRefused, "http_429"),
    ],
)
def test_nothing_at_all_is_an_error(answer, kind, reason):
    with pytest.raises(kind) as error:
        _fetch(answer)
    assert error.value.reason == reason


def test_a_fetch_that_never_left_took_nothing():
    with pytest.raises(NeverLeft):
        Client(Login("http://gateway.invalid/sms", "a", "p")).fetch_mo(10)
