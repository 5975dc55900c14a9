import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.simulator.process import ROOT, running_simulator, start

LIST_MODULES = "import sys, messaging.simulator.program; print(*sys.modules)"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_cleanly_even_with_a_call_in_progress(number: signal.Signals) -> None:
    with running_simulator() as simulator:
        simulator.script({"fault": "hang_before"})
        with pytest.raises(TimeoutError):
            simulator.fetch(simulator.url, seconds=0.1)
        simulator.process.send_signal(number)
        assert simulator.process.wait(timeout=5) == 0


def test_it_starts_quickly() -> None:
    begun = time.monotonic()
    with running_simulator():
        assert time.monotonic() - begun < 1.0  # a third of it on an idle machine; tests run in parallel


def test_it_needs_nothing_but_python_s_own_library() -> None:
    command = [sys.executable, "-S", "-c", LIST_MODULES]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()
    foreign = {name for name in listed if name.partition(".")[0] not in sys.stdlib_module_names}
    assert {name for name in foreign if not name.startswith("messaging.simulator")} <= {
        "messaging",
        "__main__",
    }


def test_it_prints_its_magic_numbers() -> None:
    process = start(["--magic"])
    printed, _ = process.communicate(timeout=10)
    assert process.returncode == 0
    assert "19900040001  STAT EXPIRED" in printed


def test_accounts_come_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "accounts.json"
    path.write_text(json.dumps({"accounts": [{"account": "shop", "password": "secret"}]}))
    with running_simulator(config=path) as simulator:
        assert [account["account"] for account in simulator.control("accounts")["accounts"]] == ["shop"]
