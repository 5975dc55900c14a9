"""PostgreSQL restarted, killed, cut off in a COMMIT, read-only or full of connections; nothing half, nothing twice."""

import re
import signal
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest

from tests.faults.proxy import Cut
from tests.faults.service import until

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]
COMMIT = re.compile(rb"Q\x00\x00\x00\x0bCOMMIT\x00")


class Load:
    """Callers that post batches and singles, one after the other, whatever is answered."""

    def __init__(self, service, callers=3):
        self.service, self.answers, self._stop = service, [], threading.Event()
        self._threads = [threading.Thread(target=self._call, daemon=True) for _ in range(callers)]
        self._lock = threading.Lock()

    def __enter__(self):
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self._stop.set()
        for thread in self._threads:
            thread.join(40)

    def _call(self):
        while not self._stop.is_set():
            with self._lock:
                numbers = self.service.numbers(21)
            self.answers.append(self.service.post_batch(numbers[:20]))
            self.answers.append(self.service.post_message(numbers[20]))
            self._stop.wait(0.05)

    def refused(self):
        return {answer.status for answer in self.answers} - {202}


def back(service):
    """Wait until a message is accepted and has left."""
    service.left(service.send_stubbornly())


@pytest.mark.fault("D13")
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL], ids=["restarted", "killed"])
def test_restarted_under_load(service, measured, how):
    with Load(service) as load:
        time.sleep(2)
        began = time.monotonic()
        service.signal("postgres", how)
        back(service)
        measured(f"PostgreSQL: {how.name}, under load", time.monotonic() - began, 30)
    assert load.refused() <= {0, 503}
    assert any(
        answer.status == 503 and answer.body["code"] == "storage_unavailable" for answer in load.answers
    )
    service.settle()
    assert halves(service) == []


@pytest.mark.fault("D13")
def test_no_connection_from_before_a_restart_costs_a_caller_a_503(service):
    """The web's pools hold connections that nobody used since; each would fail its next request, minutes later."""
    at_once(service)
    pid = service.signal("postgres", signal.SIGINT)
    service.wait_back("postgres", pid)
    until(lambda: service.sql("SELECT 1"))
    until(lambda: service.request("GET", "/readyz").status == 200)
    assert [status for status in at_once(service) if status != 202] == []


def at_once(service, count=40):
    """Post messages from many callers at the same time; answer the statuses."""
    with ThreadPoolExecutor(16) as callers:
        return [answer.status for answer in callers.map(service.post_message, service.numbers(count))]


def halves(service):
    """Batches of which only a part is there."""
    return service.sql(
        "SELECT b.id FROM messaging_batch b LEFT JOIN messaging_message m ON m.batch_id = b.id"
        " GROUP BY b.id HAVING count(m.id) <> b.accepted"
    )


@pytest.mark.fault("D14")
@pytest.mark.parametrize("before", [True, False], ids=["before", "after"])
def test_cut_in_the_commit_of_accept(service, before):
    """One statement is its own commit. It is tried again with the same id, and the caller hears nothing of it."""
    number = service.numbers(1)[0]
    cut = service.database.cut = Cut(at=re.compile(number.encode()), before=before)
    answer = service.post_message(number)
    assert (cut.made, answer.status) == (1, 202)
    assert sum(service.states([number]).values()) == 1
    service.settle()
    assert sum(row["mobile"] == number for row in service.ledger()) == 1


@pytest.mark.fault("D14")
@pytest.mark.parametrize("before", [True, False], ids=["before", "after"])
def test_cut_in_the_commit_of_a_batch(service, before):
    numbers = service.numbers(7)
    begins = re.compile(rb"COPY messaging_message")
    cut = service.database.cut = Cut(at=COMMIT, begins=begins, before=before)
    answer = service.request("POST", "/api/v1/batches", {"to": numbers, "content": "【Acme】hi"})
    assert (cut.made, answer.status) == (1, 202)
    assert sum(service.states(numbers).values()) == 7
    assert halves(service) == []


@pytest.mark.fault("D14")
@pytest.mark.parametrize("before", [True, False], ids=["before", "after"])
def test_cut_again_in_the_second_try_nobody_claims_to_know(service, before):
    """Whoever is told that nothing was stored sends again, and that may be a second SMS."""
    number = service.numbers(1)[0]
    cut = service.database.cut = Cut(at=re.compile(number.encode()), before=before, times=2)
    answer = service.post_message(number)
    assert cut.made == 2
    assert (answer.status, answer.body["code"], answer.body["retry"]) == (503, "maybe_stored", "after_fix")
    assert sum(service.states([number]).values()) == (0 if before else 1)


@pytest.mark.fault("D14")
@pytest.mark.parametrize("before", [True, False], ids=["before", "after"])
def test_cut_in_the_commit_of_in_flight(service, before):
    """The statement is its own commit. It did not happen: tried again. It did, unheard: unknown, and not sent."""
    pattern = re.compile(rb"UPDATE \"messaging_attempt\" SET \"state\" = 'in_flight'")
    cut = service.database.cut = Cut(at=pattern, before=before)
    message = service.send()
    until(lambda: cut.made)
    state = service.left(message, 60)
    assert state == ("submitted" if before else "unknown") or (before and state == "delivered")
    assert service.ledger_of(message) == (1 if before else 0)


@pytest.mark.fault("D14")
@pytest.mark.parametrize("before", [True, False], ids=["before", "after"])
def test_cut_in_the_commit_of_results(service, before):
    """The worker has the only copy of the answer: it writes it down over a new connection."""
    begins = re.compile(rb"UPDATE \"messaging_attempt\" SET \"state\" = 'answered'")
    cut = service.database.cut = Cut(at=COMMIT, begins=begins, before=before)
    message = service.send()
    until(lambda: cut.made)
    assert service.left(message) in {"submitted", "delivered"}
    assert service.ledger_of(message) == 1


@pytest.fixture
def read_only(service):
    """As after a failover to a replica, or with a full disk."""
    for _time in range(3):
        service.left(service.send())
    service.settle()
    service.sql("ALTER SYSTEM SET default_transaction_read_only = on")
    service.sql("SELECT pg_reload_conf()")
    until(lambda: service.post_message(service.numbers(1)[0]).status != 202)
    yield
    service.sql("ALTER SYSTEM RESET default_transaction_read_only")
    service.sql("SELECT pg_reload_conf()")


@pytest.mark.fault("D15")
def test_read_only_is_said_to_callers(service, read_only):
    answer = service.post_message(service.numbers(1)[0])
    assert (answer.status, answer.body["code"]) == (503, "storage_unavailable")


@pytest.mark.fault("D15", "G3")
def test_read_only_nothing_is_fetched(service, read_only):
    """Fetching consumes: what can't be written down stays with the gateway."""

    def fetched():
        return service.simulator.summary()["calls"].get("report", 0)

    before = fetched()
    assert service.post_message(service.numbers(1)[0]).status >= 500
    time.sleep(5)
    assert fetched() == before


@pytest.mark.fault("D15")
def test_no_longer_read_only(service, read_only, measured):
    service.sql("ALTER SYSTEM RESET default_transaction_read_only")
    service.sql("SELECT pg_reload_conf()")
    began = time.monotonic()
    back(service)
    measured("PostgreSQL: no longer read-only", time.monotonic() - began, 30)


@pytest.mark.fault("D15")
def test_postgres_own_log_shows_no_text_and_no_number(service, read_only):
    service.post_message(service.numbers(1)[0])
    assert service.canary.again().found_in(service.servers.logs) == []


@pytest.mark.fault("D16")
def test_too_many_connections(service, measured):
    """Somebody else holds all of them: callers are told within seconds, and all goes on when they are free."""
    service.database.hang_up()
    hoard = []
    try:
        until(lambda: _hoard(service, hoard))
        answer = service.post_message(service.numbers(1)[0])
        assert answer.status in {202, 503}
        assert answer.seconds < 12
    finally:
        for connection in hoard:
            connection.close()
    began = time.monotonic()
    back(service)
    measured("PostgreSQL: connections are free again", time.monotonic() - began, 30)


def _hoard(service, hoard):
    try:
        while len(hoard) < 250:
            hoard.append(psycopg.connect(service.database_url, connect_timeout=5))
    except psycopg.OperationalError:
        return True
    return False
