"""Web processes as production runs them, on this test's database."""

import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import urllib3

from tests.incoming.programs import environment

ROOT = Path(__file__).resolve().parents[2]
GUNICORN = (
    sys.executable, "-m", "gunicorn", "--bind", "127.0.0.1:0", "--worker-class", "gthread",
    "--threads", "4", "--no-control-socket",
)  # fmt: skip


class Web:
    """One web server with one worker process."""

    def __init__(self, process: subprocess.Popen[str], port: int) -> None:
        self.process, self.port, self._url = process, port, f"http://127.0.0.1:{port}/api/v1/"

    def call(self, key: str, path: str, body: object = None) -> urllib3.BaseHTTPResponse:
        method = "GET" if body is None else "POST"
        return urllib3.request(
            method,
            self._url + path,
            json=body,
            headers={"Authorization": f"Bearer {key}"},
            retries=False,
            timeout=30,
        )

    def stop(self) -> None:
        self.process.terminate()
        self.process.communicate(timeout=30)


@contextmanager
def running_web(application: str = "smsgateway.wsgi", **settings: str) -> Iterator[Web]:
    given = environment() | {"USE_DATABASE_POOL": "true", "LOG_LEVEL": "WARNING"} | settings
    process = subprocess.Popen(
        (*GUNICORN, application), cwd=ROOT, env=given, stderr=subprocess.PIPE, text=True
    )
    assert process.stderr
    try:
        listening = (re.search(r"Listening at: http://127\.0\.0\.1:(\d+)", line) for line in process.stderr)
        found = next(filter(None, listening))
        yield Web(process, int(found[1]))
    finally:
        if process.poll() is None:
            process.terminate()
        process.communicate(timeout=30)
