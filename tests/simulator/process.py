"""The simulator as a child process, for tests of the simulator and of whoever talks to it."""

import json
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlencode

T = TypeVar("T")
ROOT = Path(__file__).resolve().parents[2]


class Simulator:
    """One running simulator; `url` is its interface, the methods are its control routes."""

    def __init__(self, process: subprocess.Popen[str], url: str) -> None:
        self.process = process
        self.url = url
        self.port = int(url.rsplit(":", 1)[1].partition("/")[0])

    def control(self, path: str, body: object = None, **query: object) -> Any:
        """GET `/control/<path>`, or POST `body` to it; answer the decoded JSON."""
        data = None if body is None else json.dumps(body).encode()
        return self.fetch(f"http://127.0.0.1:{self.port}/control/{path}?{urlencode(query)}", data)

    def fetch(self, url: str, data: bytes | None = None, seconds: float = 10) -> Any:
        """GET a URL of this simulator, or POST to it; answer the decoded JSON."""
        with urllib.request.urlopen(urllib.request.Request(url, data), timeout=seconds) as answer:
            return json.load(answer)

    def ledger(self, after: int = 0, limit: int = 1_000_000) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = self.control("ledger", after=after, limit=limit)["rows"]
        return rows

    def handed(self, after: int = 0, limit: int = 1_000_000) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = self.control("handed", after=after, limit=limit)["rows"]
        return rows

    def summary(self) -> dict[str, Any]:
        summary: dict[str, Any] = self.control("ledger/summary")
        return summary

    def add_account(self, account: Mapping[str, object]) -> None:
        """Add an account, or change the named fields of one."""
        self.control("accounts", account)

    def queue_mo(self, mobile: str, content: str, account: str = "922011", access_code: str = "10690") -> str:
        """Let a phone write in; answer the inbound message's id."""
        message = {"account": account, "mobile": mobile, "content": content, "access_code": access_code}
        mid: str = self.control("mo", message)["mid"]
        return mid

    def queue_report(self, mid: str, mobile: str, stat: str, account: str = "922011", **more: object) -> None:
        """Queue a report of any message, known or not; `time` is Unix seconds, now by default."""
        self.control("report", {"account": account, "mid": mid, "mobile": mobile, "stat": stat} | more)

    def script(self, *faults: Mapping[str, object]) -> None:
        """Let the next calls meet these faults; none: behave."""
        self.control("faults", list(faults))

    def reset(self) -> None:
        self.control("reset", {})

    def stop(self) -> int:
        """End the process as an operator would, and answer its exit code."""
        self.process.terminate()
        return self.process.wait(timeout=10)


@contextmanager
def running_simulator(**options: object) -> Iterator[Simulator]:
    """Run a simulator on a free port; its options are given as `seconds_to_report=0.1`."""
    arguments = [f"--{name.replace('_', '-')}={value}" for name, value in ({"port": 0} | options).items()]
    process = start(["--quiet", *arguments])
    assert process.stdout is not None
    word, _, url = process.stdout.readline().strip().partition(" ")
    assert word == "ready", "the simulator did not start"
    simulator = Simulator(process, url)
    try:
        yield simulator
    finally:
        simulator.stop()
        process.stdout.close()


def start(arguments: Sequence[str]) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "messaging.simulator", *arguments]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)


def eventually(condition: Callable[[], T], seconds: float = 5.0) -> T:
    """Wait until `condition` answers something true, and answer it."""
    ends = time.monotonic() + seconds
    while not (value := condition()) and time.monotonic() < ends:
        time.sleep(0.02)
    assert value, "it did not happen in time"
    return value
