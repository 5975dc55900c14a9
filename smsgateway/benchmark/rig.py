"""The service under measure: servers, simulator, web, workers, beat and pump, in a home that ends with it."""

import json
import os
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path
from typing import Any

from django.conf import settings

from messaging.states import Category
from smsgateway.benchmark import processes
from smsgateway.benchmark.database import Database
from smsgateway.benchmark.gateway import ACCOUNT, Gateway
from smsgateway.benchmark.load import Order, Outcome
from smsgateway.benchmark.tasks import Workers
from smsgateway.local.errors import LocalError
from smsgateway.local.home import Home
from smsgateway.local.ports import answers, kept_port
from smsgateway.local.program import Program, Stage
from smsgateway.local.programs import Programs
from smsgateway.local.servers import Servers, start_servers
from smsgateway.local.supervisor import Supervisor
from smsgateway.local.terminal import Terminal
from smsgateway.schedule import WORKERS

HOST = "127.0.0.1"
NAME = f"benchmark-{os.getpid()}"  # of the application and of the account
NUMBERS_PER_CALL = 500
CONNECTIONS = 16
POLL_SECONDS = 1.0  # a rate is measured, not how long a report waits for the next poll
WARM_UP = 20  # requests; more than web has threads
LOOK_SECONDS = 0.2
STALLED_SECONDS = 60.0
PRODUCTION = {
    "LOG_JSON": "true",
    "LOG_LEVEL": "INFO",
    "REPORT_POLL_SECONDS": str(POLL_SECONDS),
    "FREQUENCY_LIMITS": "notification=1/60,5/3600,10/86400",  # for applications that ask for it
}


class Rig:
    """What the figures are taken on. Everything waits through the supervisor, so Ctrl-C is heard at any time."""

    def __init__(self, supervisor: Supervisor, servers: Servers) -> None:
        self.servers = servers
        self.terminal = supervisor.terminal
        self.keeps_rows = False
        self.step = supervisor.step
        self.cpu_used: dict[str, float] = {}
        self._supervisor = supervisor
        self._home = supervisor.home
        self._programs = Programs(supervisor.home)
        self._port = kept_port(self._home, "web")
        self._key = ""
        self._cpu_before: dict[str, float] = {}
        self._next_place = 0
        self._is_guarded = False
        self.login = {"account": NAME, "password": "simulator", "extno": "10690"}
        self.gateway = Gateway(f"http://{HOST}:{kept_port(self._home, 'simulator')}/sms")
        self.database = Database(servers.database_url)
        self.workers = Workers(servers.redis_url)

    def prepare(self) -> None:
        """Make tables, an application and its upstream account, and start the simulator."""
        self.run("migrate", "--no-input")
        port = kept_port(self._home, "simulator")
        self._start(
            Program(
                "simulator",
                (sys.executable, "-m", "messaging.simulator", "--quiet", "--port", str(port)),
                stage=Stage.SIMULATOR,
                ready=partial(answers, port),
            )
        )
        self._key = json.loads(self.run("create_application", NAME, "--sandbox", "--json"))["api_key"]
        self.run(
            *("create_upstream_account", NAME, "--base-url", self.gateway.url, "--account", ACCOUNT),
            *("--password", "simulator", "--extno", "10690", "--sandbox", "--default"),
            *("--max-numbers", str(NUMBERS_PER_CALL), "--max-connections", str(CONNECTIONS)),
        )
        self.run("create_application", f"{NAME}-gateway", "--sandbox", "--json")
        self.run(
            *("create_gateway_login", "--application", f"{NAME}-gateway", "--account", self.login["account"]),
            *("--password", self.login["password"], "--extno", self.login["extno"]),
        )

    @property
    def is_prepared(self) -> bool:
        return bool(self._key)

    def start(self) -> None:
        """Start the programs of the service; return when requests are served and every worker listens."""
        web = self._programs.web(HOST, self._port)
        for program in (web, *map(self._programs.worker, WORKERS), self._programs.beat()):
            self._start(program)
        self.wait_until(lambda: len(self.workers.that_answer()) == len(WORKERS), "the workers")
        self._start(self._programs.pump())

    def warm_up(self) -> None:
        """Have every process load what it loads at its first message."""
        self.begin(seconds_to_report=0.0)
        for category in Category.values:
            self.post(requests=WARM_UP, connections=WARM_UP, category=category)
        self.wait_until(self.database.nothing_waits, "the first messages")

    def run(self, command: str, *options: str) -> str:
        """Run `manage.py COMMAND` to its end and return what it printed; raises LocalError when it fails."""
        program = _in_production(self._programs.command(command, *options))
        with tempfile.TemporaryFile("w+") as output:
            self._supervisor.run(program, stdout=output)
            output.seek(0)
            return output.read()

    def post(self, **wishes: Any) -> Outcome:
        """Have the load posted; raises LocalError unless every request was answered as it must be."""
        with self.posting(**wishes) as outcomes:
            pass
        return outcomes[0]

    @contextmanager
    def guarded(self) -> Iterator[None]:
        """Have every guard and limit in force, and an Idempotency-Key required; the web has heard of it."""
        self._guard(on=True)
        try:
            self.warm_up()
            yield
        finally:
            self._guard(on=False)

    def _guard(self, *, on: bool) -> None:
        self.database.guard(NAME, on=on)
        self._is_guarded = on
        time.sleep(2 * settings.REMEMBER_SECONDS)  # until then the web goes by what it remembers

    @contextmanager
    def posting(self, **wishes: Any) -> Iterator[list[Outcome]]:
        """The same while something else is done; the outcome is there at the end."""
        keys = f"{NAME}-{self._next_place}" if self._is_guarded else None
        order = Order(HOST, self._port, self._key, first=self._next_place, keys=keys, **wishes)
        self._next_place += order.messages
        self._home.write("load", asdict(order))
        outcomes: list[Outcome] = []
        with tempfile.TemporaryFile("w+") as output:
            load = self._supervisor.start(self._load(), output)
            yield outcomes
            self._supervisor.wait(lambda: not load.running())
            self._supervisor.children.remove(load)
            output.seek(0)
            outcomes.append(_checked(order, output.read() or load.log.last_lines()))

    def _load(self) -> Program:
        arguments = ("-m", "smsgateway.benchmark.load", str(self._home.folder / "load.json"))
        return Program("load", (sys.executable, *arguments), restart=False)

    def count_statements(self) -> dict[str, float]:
        """The figures `sql-…`; to be called before `start`."""
        self.gateway.reset(seconds_to_report=0.0)
        found: dict[str, float] = json.loads(self.run("benchmark_counts", NAME))
        return found

    def fill(self, messages: int) -> None:
        """Put so many made-up messages into the tables; from now on rows stay."""
        self.begin(seconds_to_report=0.0)
        self.run("benchmark_fill", str(messages))
        self.keeps_rows = True

    def begin(self, *, seconds_to_report: float) -> uuid.UUID:
        """Start anew, with empty tables unless they were filled on purpose; return below which id nothing is ours."""
        self.wait_until(self.database.nothing_waits, "what is still waiting")
        self.gateway.reset(seconds_to_report=seconds_to_report)
        if not self.keeps_rows:
            self.database.forget_messages()
        self._cpu_before = self._cpu_seconds()
        return self.database.mark()

    def end(self) -> None:
        """Note what each kind of process has used since `begin`, in seconds of one processor."""
        now = self._cpu_seconds()
        self.cpu_used = {name: now[name] - before for name, before in self._cpu_before.items() if name in now}

    def wait_until(
        self, condition: Callable[[], bool], what: str, progress: Callable[[], object] | None = None
    ) -> None:
        """Wait; raises LocalError when it does not happen within a minute, or a minute passes without progress."""
        last, until, looked = None, time.monotonic() + STALLED_SECONDS, 0.0

        def over() -> bool:
            nonlocal last, until, looked
            if time.monotonic() - looked < LOOK_SECONDS:
                return False
            looked = time.monotonic()
            if progress and (now := progress()) != last:
                last, until = now, looked + STALLED_SECONDS
            return condition() or looked > until

        self._supervisor.wait(over)
        if not condition():
            raise LocalError(
                f"Waited {STALLED_SECONDS:.0f} s in vain for {what}. {self.database.states(uuid.UUID(int=0))}"
            )

    def share(self, outcome: Outcome) -> float:
        """What part of the machine's processors the load itself used."""
        return outcome.cpu_seconds / outcome.seconds / (os.cpu_count() or 1)

    def memory(self) -> dict[str, processes.Memory]:
        """What each kind of process holds now."""
        return {name: processes.memory(pid) for name, pid in self._pids().items()}

    def _cpu_seconds(self) -> dict[str, float]:
        return {name: processes.cpu_seconds(pid) for name, pid in self._pids().items()}

    def _pids(self) -> dict[str, int]:
        return {child.program.name: child.process.pid for child in self._supervisor.children}

    def _start(self, program: Program) -> None:
        self._supervisor.wait_ready(self._supervisor.start(_in_production(program)))


def _in_production(program: Program) -> Program:
    return replace(program, environment={**program.environment, **PRODUCTION})


def _checked(order: Order, said: str) -> Outcome:
    try:
        outcome = Outcome(**json.loads(said))
    except ValueError as error:
        raise LocalError(f"The load broke off:\n{said}") from error
    if outcome.accepted != order.messages:
        failures = "\n".join(outcome.failures)
        raise LocalError(
            f"{outcome.accepted} of {order.messages} messages were accepted. Failures:\n{failures}"
        )
    return outcome


@contextmanager
def rigged(environment: Mapping[str, str], *, force: bool = False) -> Iterator[Rig]:
    """A rig whose servers run; at the end no process and no file of it is left.

    `environment` may name servers to use. A database that is in use is refused by a LocalError; with `force` its rows
    stay, and ours beside them. Raises Interrupted when somebody asks us to stop.
    """
    with tempfile.TemporaryDirectory(prefix="smsgateway-benchmark-") as folder:
        home = Home(Path(folder))
        supervisor = Supervisor(home, Terminal(sys.stderr))
        with home.lock(), supervisor.stop_requests.heeded(), supervisor:
            home.secrets()
            (home.folder / "static").mkdir(mode=0o700)  # or every web worker warns
            servers = start_servers(supervisor, environment=environment)
            home.write("servers", {"DATABASE_URL": servers.database_url, "REDIS_URL": servers.redis_url})
            rig = Rig(supervisor, servers)
            with closing(rig.database), closing(rig.workers), _left_as_found(rig, force=force):
                yield rig


@contextmanager
def _left_as_found(rig: Rig, *, force: bool) -> Iterator[None]:
    rig.keeps_rows = rig.database.is_in_use()
    if rig.keeps_rows and not force:
        raise LocalError(
            "The database that DATABASE_URL names is in use, and this fills it with made-up messages. "
            "Name an empty one; unset it to measure on servers of our own; or say --force."
        )
    try:
        yield
    finally:
        if rig.is_prepared:
            rig.database.end_route(NAME) if rig.keeps_rows else rig.database.forget_everything()
