import signal
import subprocess
import sys

import psycopg

from smsgateway.local.home import Home
from smsgateway.local.orphans import left_behind, started
from smsgateway.local.servers import embedded_servers
from tests.local.conftest import processes_in, soon

SUPERVISES = """
import sys, time
from pathlib import Path
from smsgateway.local import program
from smsgateway.local.home import Home
from smsgateway.local.servers import embedded_servers

if "leave them" in sys.argv:
    program._die_with_parent = lambda number: None
with embedded_servers(Home(Path(sys.argv[1])), environment={}):
    print("ready", flush=True)
    time.sleep(60)
"""


def test_servers_die_with_a_supervisor_that_is_killed(home: Home) -> None:
    _kill_a_supervisor(home)
    assert soon(lambda: not processes_in(home.folder))
    with embedded_servers(home, environment={}) as servers:
        psycopg.connect(servers.database_url).close()


def test_servers_that_outlived_their_supervisor_are_ended_before_new_ones_start(home: Home) -> None:
    _kill_a_supervisor(home, "leave them")
    orphans = [orphan.pid for orphan in left_behind(home)]
    assert len(orphans) == 2
    with embedded_servers(home, environment={}) as servers:
        assert not any(started(pid) for pid in orphans)
        psycopg.connect(servers.database_url).close()


def test_a_server_that_nobody_wrote_down_is_found_by_its_own_pid_file(home: Home) -> None:
    _kill_a_supervisor(home, "leave them")
    valkey = next(orphan for orphan in left_behind(home) if orphan.stop_signal == signal.SIGTERM)
    home.forget("processes")
    with embedded_servers(home, environment={"REDIS_URL": "redis://elsewhere"}) as servers:
        psycopg.connect(servers.database_url).close()
    valkey.kill()


def test_a_pid_that_is_somebody_elses_by_now_is_left_alone(home: Home) -> None:
    with embedded_servers(home, environment={}):
        pass
    innocent = subprocess.Popen(["sleep", "60"])
    try:
        home.write("processes", {"running": [{"pid": innocent.pid, "started": "1", "stop_signal": 15}]})
        (home.folder / "postgres" / "postmaster.pid").write_text(
            f"{innocent.pid}\n{home.folder / 'postgres'}\n"
        )
        with embedded_servers(home, environment={}) as servers:
            psycopg.connect(servers.database_url).close()
        assert innocent.poll() is None
    finally:
        innocent.kill()
        innocent.wait()


def _kill_a_supervisor(home: Home, *how: str) -> None:
    supervisor = subprocess.Popen(
        [sys.executable, "-c", SUPERVISES, str(home.folder), *how], stdout=subprocess.PIPE, text=True
    )
    assert supervisor.stdout
    assert supervisor.stdout.readline() == "ready\n"
    supervisor.kill()
    supervisor.communicate()
