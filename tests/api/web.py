"""Our web server as production runs it, on the tests' database, and callers that write to its socket as they like."""

import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.incoming.programs import environment

ROOT = Path(__file__).resolve().parents[2]
GUNICORN = (
    sys.executable,
    "-m",
    "gunicorn",
    "smsgateway.wsgi",
    "--bind",
    "127.0.0.1:0",
    "--worker-class",
    "gthread",
    "--limit-request-line",
    "0",  # a line of any length reaches us: 414 would be the web server's own answer, not the API's
)


@dataclass
class Web:
    """A running server with one worker process, and one application's key."""

    port: int
    worker: int
    log: Path

    def line(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=60)

    def memory(self) -> int:
        """Bytes that the worker had at most so far."""
        found = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{self.worker}/status").read_text())
        assert found
        return int(found[1]) * 1024


def head(key: str, *lines: str, path: str = "/api/v1/messages", method: str = "POST") -> bytes:
    """The head of a request."""
    first = (f"{method} {path} HTTP/1.1", "Host: localhost", f"Authorization: Bearer {key}")
    return "\r\n".join([*first, "Content-Type: application/json", *lines, "", ""]).encode()


def answered(line: socket.socket) -> tuple[int, bytes, bytes]:
    """Status, head and body of the answer on a line; status 0 where it was closed without one."""
    said = b""
    while b"\r\n\r\n" not in said and (portion := line.recv(65536)):
        said += portion
    first, _, body = said.partition(b"\r\n\r\n")
    if not first:
        return 0, b"", b""
    length = re.search(rb"(?i)content-length: (\d+)", first)
    while (len(body) < int(length[1]) if length else not body.endswith(b"0\r\n\r\n")) and (
        portion := line.recv(65536)
    ):
        body += portion
    return int(first.split()[1]), first, body


@contextmanager
def running_web(folder: Path, threads: int = 8, **settings: str) -> Iterator[Web]:
    log = folder / "web.log"
    with log.open("wb") as output:
        server = subprocess.Popen(
            [*GUNICORN, "--threads", str(threads)], cwd=ROOT, env=environment() | settings, stderr=subprocess.STDOUT,
            stdout=output,
        )  # fmt: skip
        try:
            port = _said(server, log, rb"Listening at: http://127\.0\.0\.1:(\d+)")
            worker = _said(server, log, rb"Booting worker with pid: (\d+)")
            web = Web(port, worker, log)
            _load(web)
            yield web
        finally:
            server.terminate()
            server.wait(60)


def _load(web: Web) -> None:
    """A worker loads the service after it has said that it is there; what that takes is no test's matter."""
    with web.line() as line:
        line.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
        answered(line)


def _said(server: subprocess.Popen[bytes], log: Path, pattern: bytes) -> int:
    while server.poll() is None:
        if found := re.search(pattern, log.read_bytes()):
            return int(found[1])
    raise AssertionError(log.read_text())
