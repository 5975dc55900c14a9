"""The embedded Valkey (or Redis): in the foreground, on the loopback only, its data in the home."""

import contextlib
import socket
from pathlib import Path

from smsgateway.local.home import open_private
from smsgateway.local.ports import kept_port
from smsgateway.local.program import Program, Stage
from smsgateway.local.supervisor import Supervisor

SETTINGS = (
    "bind 127.0.0.1",
    "protected-mode yes",
    "daemonize no",
    "dir .",
    'save ""',
    "maxmemory-policy noeviction",  # a broker that forgets a wake-up costs time; one that says so costs none
)


class Valkey:
    """One home's server. `durable=False` is for tests: it keeps nothing."""

    def __init__(self, supervisor: Supervisor, server: Path, *, durable: bool = True) -> None:
        self._supervisor = supervisor
        self._server = server
        self._durable = durable
        self._folder = supervisor.home.folder / "valkey"
        self._password = supervisor.home.secrets()["REDIS_PASSWORD"]
        self._port = kept_port(supervisor.home, "valkey")

    def url(self) -> str:
        return f"redis://:{self._password}@127.0.0.1:{self._port}/0"

    def start(self) -> None:
        """Returns when it answers."""
        self._folder.mkdir(mode=0o700, exist_ok=True)
        self._configure()
        self._supervisor.wait_ready(self._supervisor.start(self._program()))

    def _configure(self) -> None:
        # In a file, because a command line is everybody's to read.
        own = (f"port {self._port}", f"requirepass {self._password}", f"appendonly {_yes_no(self._durable)}")
        with open(self._folder / "valkey.conf", "w", opener=open_private) as file:
            file.writelines(f"{setting}\n" for setting in SETTINGS + own)

    def _program(self) -> Program:
        return Program(
            "valkey",
            (str(self._server), "valkey.conf"),
            folder=self._folder,
            stage=Stage.VALKEY,
            ready=self._answers,
            grace=30,
            quiet=True,
        )

    def _answers(self) -> bool:
        with (
            contextlib.suppress(OSError),
            socket.create_connection(("127.0.0.1", self._port), timeout=2) as line,
        ):
            line.sendall(f"AUTH {self._password}\r\nPING\r\nQUIT\r\n".encode())
            return b"+PONG" in line.makefile("rb").read()
        return False


def _yes_no(value: bool) -> str:
    return "yes" if value else "no"
