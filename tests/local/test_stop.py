import os
import signal
from pathlib import Path

import pytest

from smsgateway.local import shutdown, stop_requests
from smsgateway.local.errors import Interrupted
from smsgateway.local.home import Home
from smsgateway.local.orphans import started
from smsgateway.local.program import Program, Stage
from smsgateway.local.supervisor import Supervisor
from tests.local.conftest import Listener, Script, soon

TELLS_ITS_END = """
import pathlib, signal, sys
name = sys.argv[1]
def end(*_):
    with open("ended", "a") as file: file.write(name + " ")
    sys.exit()
signal.signal(signal.SIGTERM, end)
pathlib.Path(name).touch()
signal.pause()
"""

HAS_A_CHILD = """
import pathlib, subprocess, sys
child = subprocess.Popen(["sleep", "60"])
pathlib.Path("child.new").write_text(str(child.pid))
pathlib.Path("child.new").rename("child")
child.wait()
"""

STUBBORN = """
import pathlib, signal
signal.signal(signal.SIGTERM, signal.SIG_IGN)
pathlib.Path("deaf").touch()
while True: signal.pause()
"""

# Its user sees that the first Ctrl-C does nothing, and presses again.
STUBBORN_WITH_AN_IMPATIENT_USER = """
import os, pathlib, signal
signal.signal(signal.SIGTERM, lambda *_: os.kill(os.getppid(), signal.SIGINT))
pathlib.Path("deaf").touch()
while True: signal.pause()
"""


def test_programs_end_in_the_order_of_their_stages(
    home: Home, terminal: Listener, script: Script, tmp_path: Path
) -> None:
    with Supervisor(home, terminal) as supervisor:
        for stage in reversed(Stage):
            program = script(TELLS_ITS_END, stage.name, stage=stage)
            supervisor.start(_with_argument(program, stage.name))
        assert supervisor.wait(lambda: all((tmp_path / stage.name).exists() for stage in Stage), seconds=10)
    assert (tmp_path / "ended").read_text().split() == [stage.name for stage in Stage]


def test_nothing_is_left_of_a_program_and_of_what_it_started(
    home: Home, terminal: Listener, script: Script, tmp_path: Path
) -> None:
    with Supervisor(home, terminal) as supervisor:
        child = supervisor.start(script(HAS_A_CHILD))
        assert supervisor.wait((tmp_path / "child").exists, seconds=10)
        pids = [child.process.pid, int((tmp_path / "child").read_text())]
        assert all(started(pid) for pid in pids)
    assert soon(lambda: not any(started(pid) for pid in pids))


def test_a_program_that_does_not_end_is_waited_for_and_killed(
    home: Home, terminal: Listener, script: Script, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutdown, "FIRST_REMINDER", 0)
    with Supervisor(home, terminal) as supervisor:
        child = supervisor.start(script(STUBBORN, "worker-otp", grace=0.5))
        assert supervisor.wait((tmp_path / "deaf").exists, seconds=10)
    assert started(child.process.pid) is None
    assert terminal.said("Waiting for worker-otp to finish, at most 0 s more; Ctrl-C again ends it at once")


def test_a_second_ctrl_c_kills_at_once(
    home: Home, terminal: Listener, script: Script, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stop_requests, "SAME_REQUEST", 0)
    supervisor = Supervisor(home, terminal)
    with supervisor.stop_requests.heeded(), supervisor:
        child = supervisor.start(script(STUBBORN_WITH_AN_IMPATIENT_USER, grace=60))
        assert supervisor.wait((tmp_path / "deaf").exists, seconds=10)
        os.kill(os.getpid(), signal.SIGINT)
    assert started(child.process.pid) is None
    assert not terminal.said("Waiting")


def test_one_ctrl_c_that_arrives_twice_is_one_request(supervisor: Supervisor) -> None:
    with supervisor.stop_requests.heeded():
        os.kill(os.getpid(), signal.SIGINT)
        os.kill(os.getpid(), signal.SIGTERM)
    assert supervisor.stop_requests.count == 1
    with pytest.raises(Interrupted):
        supervisor.wait(lambda: False, seconds=5)


def _with_argument(program: Program, argument: str) -> Program:
    return Program(program.name, (*program.argv, argument), folder=program.folder, stage=program.stage)
