import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from urllib.request import urlopen

import pytest

from smsgateway.local.home import CHECKOUT, Home, running_environment
from smsgateway.local.orphans import left_behind
from smsgateway.local.ports import kept_port

NOT_ITS_OWN = {"DATABASE_URL", "REDIS_URL", "SECRET_KEY", "FIELD_ENCRYPTION_KEYS"}


@pytest.fixture
def up(home: Home) -> Iterator[subprocess.Popen[str]]:
    environment = {name: value for name, value in os.environ.items() if name not in NOT_ITS_OWN}
    command = (sys.executable, "manage.py", "up", "--no-demo", "--port", str(kept_port(home, "web")))
    process = subprocess.Popen(
        command,
        cwd=CHECKOUT,
        env=environment | {"SMSGATEWAY_HOME": str(home.folder)},
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        yield process
        process.kill()


def test_it_starts_from_nothing_serves_requests_and_ends_without_a_trace(
    home: Home, up: subprocess.Popen[str]
) -> None:
    assert up.stdout
    ready = next(line for line in up.stdout if line.startswith("ready "))
    with urlopen(f"{ready.split()[1]}/readyz") as answer:
        assert json.load(answer)["status"] == "ok"
    assert "SIMULATOR_URL" in running_environment(home.folder)
    processes = left_behind(home)
    assert len(processes) > 8

    up.send_signal(signal.SIGINT)
    assert up.wait(timeout=60) == 0
    assert not [process for process in processes if process.running()]
    assert "DATABASE_URL" not in running_environment(home.folder)
