"""The embedded PostgreSQL: in the foreground, on the loopback only, its data in the home."""

import os
import shutil
import signal
import time
from pathlib import Path

import psycopg
from psycopg import sql

from smsgateway.local.binaries import PostgresBinaries
from smsgateway.local.errors import LocalError
from smsgateway.local.home import open_private
from smsgateway.local.orphans import started
from smsgateway.local.ports import kept_port
from smsgateway.local.program import Program, Stage
from smsgateway.local.supervisor import Supervisor
from smsgateway.local.unprivileged import give, recipe_for

NAME = "smsgateway"  # of the user and of the database

SETTINGS = (
    "listen_addresses=127.0.0.1",
    "unix_socket_directories=",  # a home's path may be longer than the 107 bytes of a socket's
    "max_connections=200",
    # A statement that fails would stand in the log with the texts and numbers in it.
    "log_min_error_statement=panic",
    "log_error_verbosity=terse",
    "shared_buffers=128MB",
    "random_page_cost=1.1",  # PostgreSQL's own 4 is for disks with heads that move
    "log_min_messages=warning",
)
# Autovacuum would count rows that a test has not committed as none, and plans would follow it.
FOR_TESTS = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "autovacuum=off")


class Postgres:
    """One home's server. `durable=False` is for tests: faster, and good until the machine's power fails."""

    def __init__(self, supervisor: Supervisor, binaries: PostgresBinaries, *, durable: bool = True) -> None:
        home = supervisor.home
        self.data = home.folder / "postgres"
        self._supervisor = supervisor
        self._binaries = binaries
        self._settings = SETTINGS if durable else SETTINGS + FOR_TESTS
        self._password = home.secrets()["DATABASE_PASSWORD"]
        self._port = kept_port(home, "postgres")
        self._recipe = recipe_for(binaries.postgres, home.folder)

    def url(self, database: str = NAME) -> str:
        return f"postgresql://{NAME}:{self._password}@127.0.0.1:{self._port}/{database}"

    def start(self) -> None:
        """Returns when the database is there and takes connections."""
        if not self.data.exists():
            self._make_cluster()
        self._check_version()
        give(self.data, self._recipe.owner)
        self._supervisor.wait_ready(self._supervisor.start(self._program()))
        self._make_database()

    def _make_cluster(self) -> None:
        # Elsewhere at first: what initdb could not finish must not be taken for a cluster.
        unfinished = self.data.with_name("postgres.new")
        shutil.rmtree(unfinished, ignore_errors=True)
        password = self.data.with_name("postgres.password")
        with open(password, "w", opener=open_private) as file:
            file.write(self._password)
        try:
            self._supervisor.run(self._initdb(unfinished, password))
        finally:
            password.unlink()
        unfinished.rename(self.data)

    def _initdb(self, data: Path, password: Path) -> Program:
        # PostgreSQL's own locale where it has one: not every system has C.UTF-8.
        builtin = ("--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8")
        locale = builtin if self._binaries.version >= 17 else ("--locale=C.UTF-8",)
        options = (f"--pgdata={data}", f"--username={NAME}", f"--pwfile={password}", "--auth=scram-sha-256")
        return Program(
            "initdb",
            (*self._recipe.prefix, str(self._binaries.initdb), *options, "--encoding=UTF8", *locale),
            stage=Stage.POSTGRES,
            quiet=True,
        )

    def _program(self) -> Program:
        settings = [f"--{setting}" for setting in (*self._settings, f"port={self._port}")]
        return Program(
            "postgres",
            (*self._recipe.prefix, str(self._binaries.postgres), "-D", str(self.data), *settings),
            stage=Stage.POSTGRES,
            ready=self._takes_connections,
            prepare=self._clear_pid_file,
            stop_signal=signal.SIGINT,  # fast: SIGTERM would wait for every client to leave
            kill_signal=signal.SIGQUIT,  # takes its children along, which live in sessions of their own
            grace=60,
            quiet=True,
        )

    def _takes_connections(self) -> bool:
        try:
            psycopg.connect(self.url("postgres"), connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True

    def _make_database(self) -> None:
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            if not connection.execute("SELECT FROM pg_database WHERE datname = %s", (NAME,)).rowcount:
                connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(NAME)))

    def _check_version(self) -> None:
        written_by = (self.data / "PG_VERSION").read_text().strip()
        if written_by != str(self._binaries.version):
            raise LocalError(
                f"{self.data} was written by PostgreSQL {written_by}, but {self._binaries.folder} has "
                f"version {self._binaries.version}. Move the folder away to begin anew, or set DATABASE_URL."
            )

    def _clear_pid_file(self) -> None:
        """PostgreSQL does not start when the pid in its file runs, be it somebody else's by now.

        A pid that does not run at all is left to PostgreSQL: it looks for surviving children by that file.
        """
        file = self.data / "postmaster.pid"
        if not file.exists():
            return
        pid = int((file.read_text().split() or ["0"])[0])  # a full disk leaves it empty
        if self._serves(pid):
            _stop(pid)
        elif _is_taken(pid):
            file.unlink(missing_ok=True)

    def _serves(self, pid: int) -> bool:
        try:
            return Path(f"/proc/{pid}/cwd").readlink() == self.data
        except OSError:
            return False


def _is_taken(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _stop(pid: int, seconds: float = 30.0) -> None:
    until = time.monotonic() + seconds
    os.kill(pid, signal.SIGINT)
    while started(pid) is not None and time.monotonic() < until:
        time.sleep(0.05)
