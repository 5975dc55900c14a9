"""The web process killed around the commit of an accept that bears an Idempotency-Key: the same again is done once."""

import os
import re
import secrets
import signal
from pathlib import Path

import pytest

from tests.faults.proxy import Cut
from tests.faults.service import until

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

COMMIT = re.compile(rb"Q\x00\x00\x00\x0bCOMMIT\x00")
COPY = re.compile(rb"COPY messaging_message")


def kill_web_workers(service):
    """kill -9 of the processes that serve requests; the one that started them starts others."""
    [master] = service.pids("web")
    for pid in Path(f"/proc/{master}/task/{master}/children").read_text().split():
        os.kill(int(pid), signal.SIGKILL)


def cut_at_the_commit_of(service, numbers, *, before):
    """A single is one statement, which is its own commit; a batch ends with a COMMIT of its own."""
    one = len(numbers) == 1
    pattern, begins = (re.compile(numbers[0].encode()), re.compile(b"")) if one else (COMMIT, COPY)
    return Cut(at=pattern, begins=begins, before=before, meanwhile=lambda: kill_web_workers(service))


@pytest.mark.fault("B7")
@pytest.mark.parametrize("before", [True, False], ids=["before", "after"])
@pytest.mark.parametrize("count", [1, 7], ids=["single", "batch"])
def test_killed_around_the_commit_the_same_again_is_done_once(service, before, count):
    numbers, key = service.numbers(count), secrets.token_hex(8)
    path = "/api/v1/messages" if count == 1 else "/api/v1/batches"
    body = {"to": numbers[0] if count == 1 else numbers, "content": service.canary.text, "category": "otp"}

    def ask():
        return service.request("POST", path, body, **{"Idempotency-Key": key})

    cut = service.database.cut = cut_at_the_commit_of(service, numbers, before=before)
    broken = ask()
    assert (cut.made, broken.status) == (1, 0), "the worker was killed in the middle, so nobody answered"
    assert sum(service.states(numbers).values()) == (0 if before else count)
    again = until(lambda: (answer := ask()).status == 202 and answer)
    assert again.headers.get("Idempotent-Replayed") == (None if before else "true")
    replayed = ask()
    assert (replayed.status, replayed.body) == (202, again.body)
    assert replayed.headers["Idempotent-Replayed"] == "true"
    assert sum(service.states(numbers).values()) == count
    service.settle()
    assert sorted(row["mobile"] for row in service.ledger() if row["mobile"] in numbers) == sorted(numbers)
