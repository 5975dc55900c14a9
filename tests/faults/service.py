"""A whole service for the fault tests: `manage.py up` on servers of its own, with a proxy before each of its peers."""

import contextlib
import http.client
import json
import os
import re
import secrets
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit, urlunsplit

import psycopg
import redis

from smsgateway.local.home import Home
from smsgateway.local.orphans import started
from smsgateway.local.ports import CANDIDATES, is_free
from tests.faults import invariants
from tests.faults.proxy import Proxy, proxy_to
from tests.simulator.process import ROOT, Simulator, running_simulator

T = TypeVar("T")

# What the pytest process tells its own Django must not reach the service.
NOT_OURS = {
    "DATABASE_URL",
    "REDIS_URL",
    "SECRET_KEY",
    "FIELD_ENCRYPTION_KEYS",
    "SMSGATEWAY_HOME",
    "PYTHONDEVMODE",
}
SHORT = {
    "REPORT_POLL_SECONDS": "1",
    "MO_POLL_SECONDS": "5",
    "ATTEMPT_LEASE_SECONDS": "14",  # the shortest that goes with the others
    "UPSTREAM_DEADLINE_SECONDS": "3",
    "UPSTREAM_CONNECT_SECONDS": "1",
}
ENDED = frozenset({"submitted", "delivered", "undelivered", "no_report", "rejected", "unknown", "unresolved"})


@dataclass(frozen=True)
class Answer:
    """What a POST or GET brought; `status` is 0 when the connection broke, and then nothing is known."""

    status: int
    body: Any
    seconds: float
    headers: dict[str, str] = field(default_factory=dict)


@dataclass
class Service:
    """The running service, its peers, and everything that was ever accepted by it."""

    home: Home
    servers: Home
    base_url: str
    key: str
    push_path: str
    database_url: str
    redis_url: str
    simulator: Simulator
    upstream: Proxy
    broker: Proxy
    database: Proxy
    canary: "Canary"
    stack: ExitStack
    accepted: dict[str, str] = field(default_factory=dict)  # message id → number
    batches: dict[str, int] = field(default_factory=dict)
    unsure: set[str] = field(default_factory=set)  # numbers whose POST broke off
    _number: int = 0
    _told: set[str] = field(default_factory=set)
    _told_messages: int = 0
    _earlier_ledger: list[dict[str, Any]] = field(default_factory=list)

    # Callers

    def numbers(self, count: int) -> list[str]:
        """Numbers that nobody had yet, of three carriers."""
        first, self._number = self._number, self._number + count
        return [f"{('138', '131', '133')[n % 3]}{10_000_000 + n:08d}" for n in range(first, first + count)]

    def request(
        self, method: str, path: str, body: object = None, seconds: float = 30.0, **more: str
    ) -> Answer:
        address = urlsplit(self.base_url)
        began = time.monotonic()
        connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=seconds)
        headers = {"Authorization": f"Bearer {self.key}", "Content-Type": "application/json"} | more
        try:
            connection.request(method, path, json.dumps(body).encode() if body is not None else None, headers)
            reply = connection.getresponse()
            read = reply.read()
            status, found, told = reply.status, _json(read), dict(reply.getheaders())
        except (OSError, http.client.HTTPException):
            status, found, told = 0, None, {}
        finally:
            connection.close()
        return Answer(status, found, time.monotonic() - began, told)

    def post_message(self, number: str, **more: object) -> Answer:
        body = {"to": number, "content": self.canary.text, "category": "otp"} | more
        answer = self.request("POST", "/api/v1/messages", body)
        if answer.status == 202:
            self.accepted[answer.body["id"]] = number
        elif answer.status == 0:
            self.unsure.add(number)
        return answer

    def post_batch(self, numbers: Sequence[str], **more: object) -> Answer:
        body = {"to": list(numbers), "content": self.canary.text, "category": "notification"} | more
        answer = self.request("POST", "/api/v1/batches", body)
        if answer.status == 202:
            self.batches[answer.body["id"]] = answer.body["accepted"]
        elif answer.status == 0:
            self.unsure.update(numbers)
        return answer

    def send(self, **more: object) -> str:
        """Post one message and answer its id; the service must be up."""
        answer = self.post_message(self.numbers(1)[0], **more)
        assert answer.status == 202, answer
        message_id: str = answer.body["id"]
        return message_id

    def send_stubbornly(self, seconds: float = 60.0, **more: object) -> str:
        """Post one message as often as it takes, as a caller would after a 503; a new number each time."""

        def taken() -> str | None:
            answer = self.post_message(self.numbers(1)[0], **more)
            return answer.body["id"] if answer.status == 202 else None

        return until(taken, seconds)

    def status(self, message_id: str) -> str:
        return str(self.message(message_id).get("status"))

    def message(self, message_id: str) -> dict[str, Any]:
        answer = self.request("GET", f"/api/v1/messages/{message_id}")
        return answer.body if answer.status == 200 else {}

    def left(self, message_id: str, seconds: float = 60.0) -> str:
        """Wait until a message is no longer waiting; answer its status."""
        return until(lambda: (s := self.status(message_id)) in ENDED and s, seconds)

    # Truth

    def sql(self, statement: str, *parameters: object) -> list[tuple[Any, ...]]:
        """Ask the database directly, not through the proxy."""
        options = "-c default_transaction_read_only=off"
        with psycopg.connect(
            self.database_url, autocommit=True, connect_timeout=5, options=options
        ) as connection:
            cursor = connection.execute(statement, parameters)
            return cursor.fetchall() if cursor.description else []

    def redis(self) -> "redis.Redis":
        return redis.Redis.from_url(self.redis_url, socket_timeout=5)

    def ledger(self) -> list[dict[str, Any]]:
        """Everything the gateway ever took; it forgets when it is killed, we don't."""
        return self._earlier_ledger + self.simulator.ledger()

    def ledger_of(self, message_id: str) -> int:
        number = self.accepted[message_id]
        return sum(row["mobile"] == number for row in self.ledger())

    def states(self, numbers: Sequence[str]) -> dict[str, int]:
        rows = self.sql(
            "SELECT state, count(*) FROM messaging_message WHERE mobile = ANY(%s) GROUP BY state",
            list(numbers),
        )
        return dict(rows)

    # Processes

    def pids(self, name: str) -> list[int]:
        """Processes of this service by their name: `web`, `worker-bulk`, `beat`, `pump`, `postgres`, `valkey`."""
        home = self.servers if name in {"postgres", "valkey"} else self.home
        running = [
            p["pid"] for p in home.read("processes").get("running", []) if started(p["pid"]) == p["started"]
        ]
        return [pid for pid in running if _is_called(pid, name)]

    def signal(self, name: str, number: signal.Signals = signal.SIGKILL) -> int:
        """Send a signal to one of the processes this service started; answer its pid."""
        pid = until(lambda: self.pids(name))[0]
        os.kill(pid, number)
        return pid

    def wait_back(self, name: str, before: int, seconds: float = 30.0) -> None:
        until(lambda: self.pids(name) and self.pids(name) != [before], seconds)

    def restart_simulator(self, away: float) -> None:
        """Kill the gateway, and start another on the same port after so many seconds."""
        self._earlier_ledger = self.ledger()
        self.simulator.process.kill()
        self.simulator.process.wait()
        time.sleep(away)
        other = self.stack.enter_context(running_simulator(seconds_to_report=0.2, port=self.simulator.port))
        other.add_account({"account": "922011", "password": self.canary.password})
        self.simulator = other

    # Rows

    def calm_down(self) -> None:
        """As if nothing had happened: proxies pass, the gateway behaves, no hold or pause is left of the last row."""
        for proxy in (self.upstream, self.broker, self.database):
            proxy.behave()
        self.simulator.script()
        until(self._answers, 60)
        self.sql("UPDATE messaging_hold SET ended_at = now(), ended_by = 'test' WHERE ended_at IS NULL")
        self.sql(
            "UPDATE accounts_upstreamaccount SET throttled_to = NULL, throttled_at = NULL, is_active = true"
        )
        self.sql("UPDATE accounts_upstreamaccount SET base_url = %s", self._upstream_url())
        self.sql("DELETE FROM messaging_joblease WHERE name LIKE 'pull%%'")
        self.sql(
            "UPDATE messaging_chunk SET due_at = now(), parked = false WHERE state = 'queued' AND NOT suspect"
        )

    def _upstream_url(self) -> str:
        return f"http://127.0.0.1:{self.upstream.port}/sms"

    def _answers(self) -> bool:
        try:
            self.sql("SELECT 1")
        except psycopg.Error:
            return False
        return self.request("GET", "/readyz").status == 200

    def settle(self, seconds: float = 90.0) -> None:
        """Wait until nothing waits, and nobody works on anything."""
        names = ("attempts", "chunks", "singles", "payloads")
        left: dict[str, int] = {}

        def settled() -> bool:
            left.update(zip(names, self.sql(WAITING)[0], strict=True))
            return not any(left.values())

        try:
            until(settled, seconds)
        except AssertionError:
            raise AssertionError(f"still waiting after {seconds:g} s: {left}") from None

    def findings(self) -> invariants.Findings:
        """Check every invariant on everything this service ever accepted; tell only what was not told before."""
        found = self._findings()
        new = invariants.Findings(
            messages=found.messages - self._told_messages,
            lost=[f for f in found.lost if f not in self._told],
            duplicates=[f for f in found.duplicates if f not in self._told],
            breaches=[f for f in found.breaches if f not in self._told],
        )
        self._told.update(found.everything())
        self._told_messages = found.messages
        return new

    def _findings(self) -> invariants.Findings:
        found = invariants.check(self._query, self.ledger(), settled=True)
        found.lost.extend(self._missing())
        found.breaches.extend(invariants.check_history(self._query))
        found.breaches.extend(self.canary.found_in(self.home.logs))
        return found

    def _query(self, statement: str) -> list[tuple[Any, ...]]:
        return self.sql(statement.replace("%", "%%"))

    def _missing(self) -> list[str]:
        """I1: what was answered with 202 is there; a POST that broke off is there whole or not at all."""
        there = {str(row[0]) for row in self.sql("SELECT id FROM messaging_message")}
        counts = {str(pk): count for pk, count in self.sql("SELECT id, accepted FROM messaging_batch")}
        lost = [f"message {pk} was accepted and is gone" for pk in self.accepted.keys() - there]
        lost += [
            f"batch {pk} was accepted and is gone" for pk, n in self.batches.items() if counts.get(pk) != n
        ]
        return lost


WAITING = """
SELECT (SELECT count(*) FROM messaging_attempt WHERE state IN ('prepared', 'in_flight')),
       (SELECT count(*) FROM messaging_chunk WHERE state IN ('queued', 'submitting')),
       (SELECT count(*) FROM messaging_queuedsingle),
       (SELECT count(*) FROM messaging_upstreampayload WHERE state = 'received')
"""


class Canary:
    """A password, a text and numbers that must never be seen where people look, nor in Redis."""

    def __init__(self, password: str = "", word: str = "") -> None:
        self.password = password or f"canary-{secrets.token_hex(8)}"
        self.word = word or f"kanarienvogel{secrets.token_hex(6)}"
        self.text = f"【Acme】{self.word}"
        self._seen: set[str] = set()
        self._numbers = re.compile(
            rb"(?<![0-9a-f])1(38|31|33)1\d{7}(?![0-9a-f])"
        )  # as `Service.numbers` makes them

    def again(self) -> "Canary":
        """The same words, nothing seen yet."""
        return Canary(self.password, self.word)

    def found_in(self, *folders: Path) -> list[str]:
        for folder in folders:
            for path in folder.glob("*.log*"):
                self.look(path.read_bytes(), f"{path.parent.parent.name}/{path.name}")
        return sorted(self._seen)

    def look(self, octets: bytes, where: str) -> None:
        for what, words in (("password", self.password), ("text", self.word)):
            if words.encode() in octets:
                self._seen.add(f"the canary {what} stands in {where}")
        if self._numbers.search(octets):
            self._seen.add(f"a full number stands in {where}")

    def watch(self, url: str, stop: threading.Event) -> None:
        """Read along everything that is said to Redis, for as long as it is there."""
        while not stop.is_set():
            # AttributeError: what redis-py raises when the server goes while it reads.
            with (
                contextlib.suppress(redis.RedisError, OSError, AttributeError),
                redis.Redis.from_url(url, socket_timeout=1) as client,
                client.monitor() as monitor,
            ):
                self._listen(monitor, stop)
            stop.wait(0.2)

    def _listen(self, monitor: Any, stop: threading.Event) -> None:
        while not stop.is_set():
            try:
                said = monitor.next_command()
            except redis.TimeoutError:
                continue
            if not said["command"].startswith("AUTH"):
                self.look(said["command"].encode(), "Redis")


@contextmanager
def running_service(folder: Path, **settings: str) -> Iterator[Service]:
    """Start everything, once; at the end nothing of it is left."""
    with ExitStack() as stack:
        simulator = stack.enter_context(running_simulator(seconds_to_report=0.2))
        canary = Canary()
        simulator.add_account({"account": "922011", "password": canary.password})
        database_url, redis_url = stack.enter_context(_servers(folder / "servers"))
        upstream = stack.enter_context(proxy_to(simulator.port))
        database = stack.enter_context(proxy_to(_port(database_url)))
        broker = stack.enter_context(proxy_to(_port(redis_url)))
        environment = (
            {name: value for name, value in os.environ.items() if name not in NOT_OURS} | SHORT | settings
        )
        environment |= {
            "SMSGATEWAY_HOME": str(folder / "home"),
            "DATABASE_URL": _through(database_url, database),
            "REDIS_URL": _through(redis_url, broker),
        }
        base_url = stack.enter_context(_up(environment, folder / "up.log"))
        account = _command(
            environment, "create_upstream_account", "main", "--base-url", f"http://127.0.0.1:{upstream.port}/sms",
            "--account", "922011", "--password", canary.password, "--extno", "10690", "--default",
        )  # fmt: skip
        key = _command(environment, "create_application", "shop")["api_key"]
        stop = threading.Event()
        listener = threading.Thread(target=canary.watch, args=(redis_url, stop), daemon=True)
        listener.start()
        stack.callback(listener.join, 5)
        stack.callback(stop.set)
        yield Service(
            Home(folder / "home"), Home(folder / "servers"), base_url, key, account["push_path"], database_url,
            redis_url, simulator, upstream, broker, database, canary, stack,
        )  # fmt: skip


@contextmanager
def _servers(folder: Path) -> Iterator[tuple[str, str]]:
    environment = {name: value for name, value in os.environ.items() if name not in NOT_OURS}
    command = [sys.executable, "-m", "tests.faults.servers_program", str(folder)]
    with _child(command, environment, subprocess.PIPE) as process:
        word, *urls = _first_line(process, "ready").split()
        assert word == "ready", "the servers did not start"
        yield urls[0], urls[1]


@contextmanager
def _up(environment: dict[str, str], log: Path) -> Iterator[str]:
    port = next(port for port in CANDIDATES[::-17] if is_free(port))
    command = [sys.executable, "manage.py", "up", "--no-demo", "--no-simulator", "--port", str(port)]
    with log.open("wb") as output, _child(command, environment, output) as process:
        ready = f"ready http://127.0.0.1:{port}"
        until(lambda: process.poll() is not None or ready in log.read_text(), 120)
        assert ready in log.read_text(), log.read_text()[-3000:]
        yield f"http://127.0.0.1:{port}"


@contextmanager
def _child(
    command: Sequence[str], environment: dict[str, str], output: Any
) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=output, stderr=subprocess.STDOUT)
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(90)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _first_line(process: subprocess.Popen[bytes], word: str) -> str:
    assert process.stdout is not None
    said = b""
    while not said.startswith(word.encode()) and (said := process.stdout.readline()):
        pass
    return said.decode()


def _command(environment: dict[str, str], *words: str) -> dict[str, Any]:
    output = subprocess.run(
        [sys.executable, "manage.py", *words, "--json"],
        cwd=ROOT,
        env=environment,
        check=True,
        capture_output=True,
    ).stdout
    made: dict[str, Any] = json.loads(output)
    return made


def _port(url: str) -> int:
    return urlsplit(url).port or 0


def _through(url: str, proxy: Proxy) -> str:
    parts = urlsplit(url)
    login = parts.netloc.rpartition("@")[0]
    return urlunsplit(parts._replace(netloc=f"{login}@127.0.0.1:{proxy.port}"))


def _is_called(pid: int, name: str) -> bool:
    try:
        if name in {"postgres", "valkey"}:
            program = Path(f"/proc/{pid}/cmdline").read_bytes().partition(b"\0")[0].decode()
            return name in program.rpartition("/")[2]
        return f"PROCESS_NAME={name}".encode() in Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    except OSError:
        return False


def _json(octets: bytes) -> Any:
    try:
        return json.loads(octets)
    except ValueError:
        return None


def until(condition: Callable[[], T], seconds: float = 30.0) -> Any:
    """Wait until `condition` answers something true, and answer it; a database that is away answers nothing."""
    ends = time.monotonic() + seconds
    while True:
        try:
            if value := condition():
                return value
        except psycopg.Error:
            pass
        assert time.monotonic() < ends, f"it did not happen within {seconds:g} s"
        time.sleep(0.1)
