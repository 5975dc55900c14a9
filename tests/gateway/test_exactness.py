"""Fifty callers at once on a prepaid purse: to the part, whatever happens to the web processes meanwhile."""

import os
import signal
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest
import urllib3
from django.db import connection, connections
from django.db.models import Sum

from accounts.ledger import open_purse, top_up
from accounts.models import Posting, Purse
from accounts.services import create_application
from messaging.models import Batch, Message
from tests.accounts.web import Web, running_web

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(100)]

CLIENTS, PARTS, PRICE = 50, 1000, 45
ONE, TWO = "【Acme】hi", "【Acme】" + "x" * 80
MOMENT = """
SELECT sum(amount)::bigint, (SELECT balance FROM accounts_purse),
       sum(amount) FILTER (WHERE side = 'purse')::bigint
FROM accounts_posting
"""


@pytest.fixture
def key() -> str:
    application, key = create_application("payer", environment="sandbox")
    open_purse(application, charge_type="PRECHARGE", price_per_part=PRICE)
    top_up(application.pk, PARTS * PRICE, reason="bank", posted_by="boss")
    return key


def number(client: int, turn: int) -> str:
    return f"138{client:04d}{turn:04d}"


def spend(web: Web, key: str, client: int) -> None:
    """Ask for batches and singles, of one part and of two, until not even one part is paid for."""
    for turn in range(0, 9000, 10):
        bodies = (
            (
                "batches",
                {"to": [number(client, turn + n) for n in range(5)], "content": ONE, "on_invalid": "skip"},
            ),
            ("batches", {"to": [number(client, turn + 5 + n) for n in range(2)], "content": TWO}),
            ("messages", {"to": number(client, turn + 8), "content": TWO}),
            ("messages", {"to": number(client, turn + 9), "content": ONE}),
        )
        answers = [call(web, key, path, body) for path, body in bodies]
        assert {*answers} <= {0, 202, 402}, answers
        if answers[-1] == 402:
            return


def call(web: Web, key: str, path: str, body: object) -> int:
    """Return the status; 0: nobody answered, and nobody knows whether it was accepted."""
    try:
        return web.call(key, path, body).status
    except urllib3.exceptions.HTTPError:
        time.sleep(0.05)
        return 0


@contextmanager
def sampling() -> Iterator[list[tuple[int, int, int]]]:
    """Look into the books again and again: sum of all, balance of the purse, sum of its side."""
    seen: list[tuple[int, int, int]] = []
    over = threading.Event()

    def look() -> None:
        with connection.cursor() as cursor:
            while not over.wait(0.02):
                cursor.execute(MOMENT)
                seen.append(cursor.fetchone())
        connections.close_all()

    sampler = threading.Thread(target=look)
    sampler.start()
    try:
        yield seen
    finally:
        over.set()
        sampler.join()


def everybody_spends(webs: list[Web], key: str) -> None:
    with ThreadPoolExecutor(CLIENTS) as clients:
        done = [clients.submit(spend, webs[n % len(webs)], key, n) for n in range(CLIENTS)]
    for one in done:
        one.result()


def assert_exact(seen: list[tuple[int, int, int]]) -> None:
    assert len(seen) > 5
    assert {(total, balance - purse, balance >= 0) for total, balance, purse in seen} == {(0, 0, True)}
    assert Purse.objects.get().balance == 0
    assert Message.objects.aggregate(parts=Sum("parts"))["parts"] == PARTS
    charges = Posting.objects.filter(kind="charge", side="purse")
    assert charges.aggregate(parts=Sum("parts"), sum=Sum("amount")) == {"parts": PARTS, "sum": -PARTS * PRICE}
    charged = set(charges.values_list("subject", flat=True))
    stored = set(Batch.objects.values_list("pk", flat=True))
    assert charged == stored | set(Message.objects.filter(batch=None).values_list("pk", flat=True))


def test_fifty_callers_get_exactly_what_the_money_pays_for(key: str) -> None:
    with running_web() as first, running_web() as second, sampling() as seen:
        everybody_spends([first, second], key)
    assert_exact(seen)


def test_and_so_they_do_while_web_processes_are_killed(key: str) -> None:
    with (
        running_web() as first,
        running_web() as second,
        sampling() as seen,
        killing([first, second]) as killed,
    ):
        everybody_spends([first, second], key)
    assert_exact(seen)
    assert killed


@contextmanager
def killing(webs: list[Web]) -> Iterator[list[int]]:
    """kill -9 of those that serve requests, in turn; the process that started them starts others."""
    killed: list[int] = []
    over = threading.Event()

    def kill() -> None:
        turn = 0
        while not over.wait(0.3):
            master = webs[turn % len(webs)].process.pid
            for pid in Path(f"/proc/{master}/task/{master}/children").read_text().split():
                os.kill(int(pid), signal.SIGKILL)
                killed.append(int(pid))
            turn += 1
            over.wait(1.2)  # whoever was killed needs to come up again

    killer = threading.Thread(target=kill)
    killer.start()
    try:
        yield killed
    finally:
        over.set()
        killer.join()
