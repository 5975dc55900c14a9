"""`wait`: who waits holds a thread, but no connection; half of the threads wait at most; a server that stops does."""

import http.client
import json
import re
import signal
import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from django.db import connection

from accounts.services import create_api_key
from messaging.api import waiting
from tests.incoming.programs import environment
from tests.simulator.process import eventually

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(60)]

ROOT = Path(__file__).resolve().parents[2]
THREADS = 4
NAME = "waits"  # of its connections
GUNICORN = (
    *(
        sys.executable,
        "-m",
        "gunicorn",
        "smsgateway.wsgi",
        "--bind",
        "127.0.0.1:0",
        "--worker-class",
        "gthread",
    ),
    *("--threads", str(THREADS), "--graceful-timeout", "30"),
)
LONG, SOON = 20.0, 3.0  # seconds: what is asked for, and what nobody may need who does not wait


class Web:
    """One web process with a single connection to the database."""

    def __init__(self):
        ours = {
            "WEB_THREADS": str(THREADS),
            "USE_DATABASE_POOL": "true",
            "WEB_DATABASE_POOL": "1",
            "PROCESS_NAME": "waits",
        }
        self.process = subprocess.Popen(
            GUNICORN, cwd=ROOT, env=environment() | ours, stderr=subprocess.PIPE, text=True
        )
        listening = (
            re.search(r"Listening at: http://127\.0\.0\.1:(\d+)", line) for line in self.process.stderr
        )
        self.port = int(next(filter(None, listening))[1])

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.communicate(timeout=30)


@pytest.fixture(scope="module")
def web(django_db_setup):
    web = Web()
    yield web
    web.stop()


class Caller:
    """Asks as an application; returns the answer and the seconds that it took."""

    def __init__(self, web, shop):
        self.port, self.key = web.port, create_api_key(shop)[1]

    def __call__(self, path):
        began = time.monotonic()
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        line.request("GET", f"/api/v1/{path}", headers={"Authorization": f"Bearer {self.key}"})
        answer = line.getresponse()
        body = json.loads(answer.read())
        assert answer.status == 200, body
        return body, time.monotonic() - began


@pytest.fixture
def get(web, shop):
    caller = Caller(web, shop)
    caller("events")  # the process has loaded what it needs
    return caller


@pytest.fixture
def threads():
    with ThreadPoolExecutor(8) as pool:
        yield pool


def let_wait(get, threads, count):
    """Have so many requests wait; they are under way when this returns."""
    waiters = [threads.submit(get, f"events?wait={LONG:g}") for _request in range(count)]
    time.sleep(1.5)
    return waiters


def connections_of_web():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'waits' AND pid <> pg_backend_pid()"
        )
        return cursor.fetchone()[0]


def test_what_happens_ends_the_wait(get, threads, happen):
    (waiter,) = let_wait(get, threads, 1)
    happen("something")
    body, seconds = waiter.result()
    assert len(body["results"]) == 1
    assert 1 <= seconds < 2 + SOON


def test_what_is_there_is_answered_at_once(get, happen):
    happen("something")
    body, seconds = get(f"events?wait={LONG:g}")
    assert len(body["results"]) == 1
    assert seconds < SOON


def test_a_wait_ends_with_an_empty_page_and_the_place_that_was_given(get, happen):
    happen("something")
    place = get("events")[0]["next"]
    body, seconds = get(f"events?wait=1.5&after={place}")
    assert body == {"results": [], "next": place}
    assert 1.5 <= seconds < 1.5 + SOON


def test_what_is_of_another_type_does_not_end_the_wait_and_is_passed_over_once(get, threads, happen):
    waiter = threads.submit(get, "events?wait=2&type=message.delivered")
    time.sleep(0.5)
    happen("something")
    body, seconds = waiter.result()
    assert (body["results"], body["next"] is not None) == ([], True)
    assert seconds >= 2


def test_half_of_the_threads_wait_and_the_others_serve(get, threads, happen):
    waiters = let_wait(get, threads, THREADS // 2)
    for _time in range(3):
        body, seconds = get(f"events?wait={LONG:g}")
        assert body["results"] == []
        assert seconds < SOON
    assert not any(answer.done() for answer in waiters)
    happen("something")
    assert all(len(answer.result()[0]["results"]) == 1 for answer in waiters)


def test_who_waits_holds_no_connection(get, threads, happen):
    """There is one, and two wait, in step or not: a third request finds it free."""
    waiters = let_wait(get, threads, 2)
    assert connections_of_web() == 1
    slowest = max(get("messages")[1] for _time in range(20))
    assert slowest < 1
    happen("something")
    for answer in waiters:
        answer.result()


def test_a_seat_is_free_again_when_the_caller_has_gone(web, get, threads, happen):
    for _caller in range(THREADS // 2):
        with socket.create_connection(("127.0.0.1", web.port)) as line:
            head = f"GET /api/v1/events?wait=20 HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {get.key}\r\n\r\n"
            line.sendall(head.encode())
            time.sleep(0.5)
    eventually(lambda: get("events?wait=1")[1] >= 1, seconds=5)


def test_a_process_that_is_told_to_stop_answers_who_waits(shop, threads):
    web = Web()
    get = Caller(web, shop)
    get("events")
    waiters = let_wait(get, threads, 2)
    began = time.monotonic()
    web.stop()
    assert time.monotonic() - began < SOON
    assert [answer.result()[0] for answer in waiters] == [{"results": [], "next": None}] * 2


def test_nobody_waits_for_longer_than_the_most(api, monkeypatch):
    monkeypatch.setattr(waiting, "MOST_SECONDS", 0.5)
    began = time.monotonic()
    assert api.get("events?wait=30").json() == {"results": [], "next": None}
    assert 0.5 <= time.monotonic() - began < SOON
