"""The one-machine service, step by step, and what the person at the terminal is told."""

import json
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from smsgateway.local.banner import Access, banner
from smsgateway.local.errors import Interrupted, LocalError, ProgramError
from smsgateway.local.home import Home
from smsgateway.local.ports import is_free, kept_port, why_not
from smsgateway.local.program import Program
from smsgateway.local.programs import Programs, reachable
from smsgateway.local.servers import start_servers
from smsgateway.local.supervisor import Supervisor
from smsgateway.local.terminal import Terminal
from smsgateway.schedule import WORKERS

ACCESS_LOG = "smsgateway.requests"  # the logger with a line for every request; they are all in web.log


@dataclass(frozen=True)
class Wishes:
    """What the options of `manage.py up` ask for."""

    host: str
    port: int
    simulator: bool
    simulator_port: int | None
    demo: bool
    verbose: bool

    @property
    def base_url(self) -> str:
        host = reachable(self.host)
        return f"http://[{host}]:{self.port}" if ":" in host else f"http://{host}:{self.port}"


def run(home: Home, wishes: Wishes, environment: Mapping[str, str]) -> None:
    """Runs the service until somebody asks it to stop; raises LocalError when it cannot run.

    `environment` may name servers to use instead of embedded ones.
    """
    supervisor = Supervisor(home, Terminal())
    with home.lock(), _addresses(home), supervisor.stop_requests.heeded(), supervisor:
        try:
            Service(supervisor, wishes).start(environment)
            supervisor.wait(lambda: False)
        except Interrupted:
            supervisor.terminal.line("Stopping")
    supervisor.terminal.line("Stopped")


class Service:
    """One start of the service; the supervisor keeps running what is started."""

    def __init__(self, supervisor: Supervisor, wishes: Wishes) -> None:
        self._supervisor = supervisor
        self._home = supervisor.home
        self._terminal = supervisor.terminal
        self._wishes = wishes
        self._programs = Programs(supervisor.home)
        self._simulator_port = self._choose_simulator_port() if wishes.simulator else None

    def start(self, environment: Mapping[str, str]) -> None:
        """Returns when requests are served and the banner stands there."""
        _check(self._wishes.host, self._wishes.port, "--port")
        self._supervisor.shows = lambda _program, _line: self._wishes.verbose
        self._publish_addresses(environment)
        with self._supervisor.step("Bringing the database up to date"):
            self._supervisor.run(self._programs.command("migrate", "--no-input"))
        with self._supervisor.step("Starting web, workers and beat"):
            access = self._start_programs()
        self._terminal.line(f"ready {self._wishes.base_url}")
        if access.fresh and self._wishes.demo:
            self._demonstrate()
        self._terminal.line(banner(access, self._wishes.base_url, self._simulator_url, self._home.logs))
        self._supervisor.shows = self._is_shown

    def _is_shown(self, program: Program, line: str) -> bool:
        return self._wishes.verbose or not (program.quiet or ACCESS_LOG in line)

    @property
    def _simulator_url(self) -> str | None:
        return f"http://127.0.0.1:{self._simulator_port}/sms" if self._simulator_port else None

    def _choose_simulator_port(self) -> int:
        if not (port := self._wishes.simulator_port):
            return kept_port(self._home, "simulator")
        _check("127.0.0.1", port, "--simulator-port")
        return port

    def _publish_addresses(self, environment: Mapping[str, str]) -> None:
        """Starts the servers and writes down where they are: every program and command looks there."""
        self._home.secrets()
        (self._home.folder / "static").mkdir(mode=0o700, exist_ok=True)  # or every web worker warns
        servers = start_servers(self._supervisor, environment=environment)
        addresses = {
            "DATABASE_URL": servers.database_url,
            "REDIS_URL": servers.redis_url,
            "SIMULATOR_URL": self._simulator_url,
            "BASE_URL": self._wishes.base_url,
        }
        self._home.write("servers", {name: address for name, address in addresses.items() if address})

    def _start_programs(self) -> Access:
        if self._simulator_port:
            self._supervisor.start(self._programs.simulator(self._simulator_port))
        web = self._supervisor.start(self._programs.web(self._wishes.host, self._wishes.port))
        for program in (*map(self._programs.worker, WORKERS), self._programs.beat()):
            self._supervisor.start(program)
        access = self._prepare()
        self._supervisor.wait_ready(web)
        # Last, or it would take over from workers that have not come up yet.
        self._supervisor.start(self._programs.pump())
        return access

    def _prepare(self) -> Access:
        """Has the admin user, the first application and the simulator's account made if they are missing."""
        options = ["--json", *(["--simulator-url", self._simulator_url] if self._simulator_url else [])]
        password = self._home.secrets()["ADMIN_PASSWORD"]
        command = self._programs.command("prepare_local", *options, SMSGATEWAY_ADMIN_PASSWORD=password)
        with tempfile.TemporaryFile("w+") as output:
            self._supervisor.run(command, stdout=output)
            output.seek(0)
            return Access(**json.loads(output.read()))

    def _demonstrate(self) -> None:
        try:
            self._supervisor.run(self._programs.command("demo"), stdout=sys.stdout)
        except ProgramError as error:
            self._terminal.line(str(error))


@contextmanager
def _addresses(home: Home) -> Iterator[None]:
    """What a killed run wrote down must not be believed, nor what we do once we have ended."""
    home.forget("servers")
    try:
        yield
    finally:
        home.forget("servers")


def _check(host: str, port: int, option: str) -> None:
    if reason := why_not(port, host):
        other = next((other for other in range(port + 1, port + 100) if is_free(other, host)), None)
        advice = f" Choose another: make run ARGS='{option} {other}'" if other else ""
        raise LocalError(f"Port {port} on {host} cannot be used: {reason}.{advice}")
