"""The programs of the service, as one machine with few cores runs them."""

import http.client
import os
import sys
from dataclasses import dataclass, replace
from functools import partial
from ipaddress import ip_address

from smsgateway.local.home import Home
from smsgateway.local.ports import answers
from smsgateway.local.program import Program, Stage
from smsgateway.schedule import Worker

WEB_THREADS = "8"
WEB = (
    *("--worker-class", "gthread", "--workers", "2", "--threads", WEB_THREADS),
    *("--graceful-timeout", "30", "--no-control-socket"),
)
WEB_ENVIRONMENT = {
    "USE_DATABASE_POOL": "true",
    "SERVE_UNCOLLECTED_STATIC": "true",
    "WEB_THREADS": WEB_THREADS,  # half of them may wait for events
}


@dataclass(frozen=True)
class Programs:
    """What to run for this home, where the programs find servers and secrets as every command does."""

    home: Home

    def web(self, host: str, port: int) -> Program:
        address = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        return replace(
            self._python("web", "gunicorn", "smsgateway.wsgi:application", "--bind", address, *WEB),
            environment=_unlocked(host) | self._environment("web") | WEB_ENVIRONMENT,
            ready=partial(_serves_requests, host, port),
            grace=35,
        )

    def worker(self, worker: Worker) -> Program:
        name = f"worker-{worker.name}"
        program = self._celery(
            name,
            *("worker", "-n", f"{worker.name}@%h", "--queues", ",".join(worker.queues)),
            *("--pool", worker.pool, "--concurrency", str(worker.concurrency)),
            *("--without-gossip", "--without-mingle", "--loglevel", "INFO"),
        )
        return replace(program, stage=Stage.WORKERS, grace=60)

    def beat(self) -> Program:
        return self._celery("beat", "beat", "--schedule", str(self.home.folder / "beat-schedule"))

    def pump(self) -> Program:
        return replace(self.command("pump"), restart=True, stage=Stage.WORKERS, grace=60)

    def simulator(self, port: int) -> Program:
        ledger = str(self.home.folder / "simulator-ledger.jsonl")
        options = ("--port", str(port), "--ledger", ledger)
        program = self._python("simulator", "messaging.simulator", *options)
        return replace(program, stage=Stage.SIMULATOR, ready=partial(answers, port), quiet=True)

    def command(self, name: str, *options: str, **variables: str) -> Program:
        """`manage.py NAME`, run once."""
        argv = (sys.executable, "manage.py", name, *options)
        return Program(name, argv, environment=self._environment(name) | variables, restart=False)

    def _celery(self, name: str, *options: str) -> Program:
        return self._python(name, "celery", "--quiet", "-A", "smsgateway", *options)

    def _python(self, name: str, module: str, *options: str) -> Program:
        return Program(name, (sys.executable, "-m", module, *options), environment=self._environment(name))

    def _environment(self, name: str) -> dict[str, str]:
        ours = {"SMSGATEWAY_HOME": str(self.home.folder), "PROCESS_NAME": name, "PYTHONUNBUFFERED": "1"}
        return {"LOG_JSON": "false"} | os.environ | ours


def _unlocked(host: str) -> dict[str, str]:
    """The printed login opens the admin at once, unless somebody on another machine could use it too."""
    try:
        alone = host == "localhost" or ip_address(host).is_loopback
    except ValueError:  # a name
        alone = False
    return {"STAFF_TOTP": "optional"} if alone else {}


def _serves_requests(host: str, port: int) -> bool:
    connection = http.client.HTTPConnection(reachable(host), port, timeout=5)
    try:
        connection.request("GET", "/readyz", headers={"Host": f"127.0.0.1:{port}"})
        return connection.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def reachable(host: str) -> str:
    """Where this machine reaches a server that listens on `host`."""
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104  a comparison
