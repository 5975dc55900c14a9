"""Fifty callers at once on a prepaid purse: to the part, whatever happens to the web processes meanwhile."""

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from urllib.parse import urlencode

import pytest
import urllib3
from django.db import connection, connections
from django.db.models import Sum

from accounts.ledger import open_purse, top_up
from accounts.logins import create_gateway_login
from accounts.models import Application, GatewayLogin, Posting, Purse, UpstreamAccount
from accounts.services import create_application
from messaging.gateway.codes import Result
from messaging.models import Batch, Message
from tests.accounts.web import Web, running_web

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(100)]

CLIENTS, PARTS, PRICE = 50, 1000, 45
KILLS = 4
ACCEPTED, BALANCE_TOO_LOW = int(Result.ACCEPTED), int(Result.BALANCE_TOO_LOW)
Spending = Callable[[Web, str, int], None]
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


@pytest.fixture
def login(key: str, upstream: UpstreamAccount) -> GatewayLogin:
    """A login on the same purse, for as many calls at once as there are clients, and those that died."""
    payer = Application.objects.get(name="payer")
    return create_gateway_login(
        payer, account="922011", password="secret", extnos=["10690"], max_connections=9000
    )


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


def spend_by_sms(web: Web, _key: str, client: int) -> None:
    """The same as a program written for the vendor's gateway."""
    for turn in range(0, 9000, 10):
        numbers = [number(client, turn + n) for n in range(10)]
        calls = (
            {"action": "send", "mobile": ",".join(numbers[:5]), "content": ONE},
            {"action": "p2p", "mobileContentList": "".join(f"{mobile}#{TWO}\r" for mobile in numbers[5:7])},
            {"action": "send", "mobile": numbers[8], "content": TWO},
            {"action": "send", "mobile": numbers[9], "content": ONE},
        )
        results = [call_sms(web, fields) for fields in calls]
        assert {*chain(*results)} <= {ACCEPTED, BALANCE_TOO_LOW}, results
        if results[-1] == [BALANCE_TOO_LOW]:
            return


def call_sms(web: Web, fields: dict[str, str]) -> list[int]:
    """Return the RESULT of each number; none: nobody answered."""
    given = {"account": "922011", "password": "secret", "extno": "10690", "rt": "json"} | fields
    try:
        answer = urllib3.request(
            "POST", f"http://127.0.0.1:{web.port}/sms", body=urlencode(given), retries=False, timeout=30,
            headers={"Content-Type": "application/x-www-form-urlencoded"},
        ).json()  # fmt: skip
    except urllib3.exceptions.HTTPError:
        time.sleep(0.05)
        return []
    assert answer["status"] == "0", answer
    return [int(row["result"]) for row in answer["list"]]


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


def everybody_spends(webs: list[Web], key: str, spending: Spending = spend) -> None:
    with ThreadPoolExecutor(CLIENTS) as clients:
        done = [clients.submit(spending, webs[n % len(webs)], key, n) for n in range(CLIENTS)]
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


@pytest.mark.slow
@pytest.mark.parametrize("spending", [spend, spend_by_sms])
def test_and_so_they_do_while_web_processes_are_killed(
    key: str, login: GatewayLogin, spending: Spending
) -> None:
    with (
        running_web() as first,
        running_web() as second,
        sampling() as seen,
        killing([first, second]) as killed,
    ):
        everybody_spends([first, second], key, spending)
    assert_exact(seen)
    assert killed


@contextmanager
def killing(webs: list[Web]) -> Iterator[list[int]]:
    """kill -9 of those that serve requests, in turn; the process that started them starts others."""
    killed: list[int] = []
    over = threading.Event()

    def kill() -> None:
        # So many and no more: on a busy machine whoever is killed again and again would never come up.
        for turn in range(KILLS):
            if over.wait(0.3 if turn == 0 else 1.5):
                return
            master = webs[turn % len(webs)].process.pid
            for pid in Path(f"/proc/{master}/task/{master}/children").read_text().split():
                os.kill(int(pid), signal.SIGKILL)
                killed.append(int(pid))

    killer = threading.Thread(target=kill)
    killer.start()
    try:
        yield killed
    finally:
        over.set()
        killer.join()
