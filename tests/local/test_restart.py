from pathlib import Path

import pytest

from smsgateway.local import child
from smsgateway.local import supervisor as supervision
from smsgateway.local.errors import ProgramError
from smsgateway.local.supervisor import Supervisor
from tests.local.conftest import Listener, Script

DIES_TWICE = """
import pathlib, sys, time
runs = pathlib.Path("runs")
runs.open("a").write("x")
print("run", runs.stat().st_size, flush=True)
if runs.stat().st_size < 3: sys.exit(7)
pathlib.Path("steady").touch()
time.sleep(60)
"""


def test_a_dead_program_is_started_again_later_each_time_and_this_is_said(
    supervisor: Supervisor, terminal: Listener, script: Script, tmp_path: Path
) -> None:
    supervisor.start(script(DIES_TWICE, "web"))
    assert supervisor.wait((tmp_path / "steady").exists, seconds=10)
    assert terminal.lines == [
        "web ended with exit code 7; starting it again in 0.5 s",
        "web ended with exit code 7; starting it again in 1 s",
    ]


def test_its_log_goes_on_in_the_same_file_and_is_shown_behind_its_name(
    supervisor: Supervisor,
    terminal: Listener,
    script: Script,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(child, "FIRST_DELAY", 0)
    supervisor.shows = lambda _program, _line: True
    supervisor.start(script(DIES_TWICE, "web"))
    supervisor.wait((tmp_path / "steady").exists, seconds=10)
    assert supervisor.home.log("web").read_text() == "run 1\nrun 2\nrun 3\n"
    assert supervisor.wait(lambda: terminal.said("web            | run 3"), seconds=5)


def test_a_program_that_never_gets_ready_is_given_up_with_the_end_of_its_log(
    supervisor: Supervisor, script: Script, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervision, "GIVE_UP_AFTER", 0.1)
    program = script("raise SystemExit('no such module')", "web", ready=lambda: False)
    with pytest.raises(ProgramError, match=r"web ended with exit code 1(?s:.*)no such module"):
        supervisor.wait_ready(supervisor.start(program))


def test_a_failed_command_says_so(supervisor: Supervisor, script: Script) -> None:
    with pytest.raises(ProgramError, match="migrate ended with exit code 1"):
        supervisor.run(script("raise SystemExit('no')", "migrate"))
