"""A program that does one piece of a worker's work in a fork of itself, and dies or stops at a named point.

The product knows nothing of it: the points are wrapped from outside, here. One JSON line a job on standard input; one
a change of a fork's state on standard output. Forking saves two seconds of imports for each crash.
"""

import json
import os
import select
import signal
import sys
from collections.abc import Callable
from functools import wraps
from typing import Any
from unittest import mock

import django

django.setup()

from django.conf import settings  # noqa: E402
from django.db import connections  # noqa: E402
from django.db.backends.base.base import BaseDatabaseWrapper  # noqa: E402

from messaging.services import payloads, recovery  # noqa: E402
from messaging.services.payloads import pulling  # noqa: E402
from messaging.services.submission import calling, submit_next  # noqa: E402
from messaging.vendor import exchange  # noqa: E402
from messaging.vendor.client import Client  # noqa: E402

JOBS: dict[str, Callable[..., Any]] = {
    "submit": submit_next,
    "recover": recovery.recover,
    "pull": payloads.pull,
}

# point → where: before or after which call. The names say what has happened by then.
POINTS: dict[str, tuple[str, object, str]] = {
    "claimed": ("before", calling, "_take_off"),
    "in_flight": ("after", calling, "_take_off"),
    "written": ("before", exchange.HTTPConnection, "getresponse"),
    "answer_read": ("after", calling, "_submit"),
    "page_arrived": ("after", Client, "fetch_reports"),
    "page_committed": ("before", pulling, "read"),
}
# point → the job's so manieth COMMIT, before which it ends; `submit` claims with its first, records with its second
COMMITS = {"commit_1": 1, "commit_2": 2}


def main() -> None:
    os.set_blocking(sys.stdin.fileno(), False)
    tell(0, "ready")
    rest = b""
    while True:
        readable, _, _ = select.select([sys.stdin.fileno()], [], [], 0.01)
        if readable:
            read = os.read(sys.stdin.fileno(), 65536)
            if not read:
                return
            *lines, rest = (rest + read).split(b"\n")
            for line in lines:
                fork(json.loads(line))
        look_after()


def fork(job: dict[str, Any]) -> None:
    if pid := os.fork():
        tell(pid, "started")
        return
    code = 1
    try:
        work(job)
        code = 0
    finally:
        os._exit(code)


def work(job: dict[str, Any]) -> None:
    for name, value in job["settings"].items():
        setattr(settings, name, value)
    number = signal.Signals[job["signal"]]
    if (point := job["point"]) in POINTS:
        _arrange(*POINTS[point], number)
    elif point in COMMITS:
        _arrange_commit(COMMITS[point], number)
    elif point:
        raise ValueError(point)
    JOBS[job["job"]](*job["args"])
    connections.close_all()


def _arrange(when: str, owner: object, name: str, number: signal.Signals) -> None:
    real = getattr(owner, name)

    @wraps(real)
    def wrapped(*arguments: Any, **named: Any) -> Any:
        if when == "before":
            os.kill(os.getpid(), number)
        found = real(*arguments, **named)
        if when == "after":
            os.kill(os.getpid(), number)
        return found

    mock.patch.object(owner, name, wrapped).start()


def _arrange_commit(which: int, number: signal.Signals) -> None:
    real, seen = BaseDatabaseWrapper._commit, []

    def commit(wrapper: BaseDatabaseWrapper) -> None:
        seen.append(1)
        if len(seen) == which:
            os.kill(os.getpid(), number)
        real(wrapper)

    mock.patch.object(BaseDatabaseWrapper, "_commit", commit).start()


def look_after() -> None:
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG | os.WUNTRACED)
        except ChildProcessError:
            return
        if not pid:
            return
        if os.WIFSTOPPED(status):
            tell(pid, "stopped")
        else:
            tell(pid, "ended", os.waitstatus_to_exitcode(status))


def tell(pid: int, event: str, code: int | None = None) -> None:
    sys.stdout.write(json.dumps({"pid": pid, "event": event, "code": code}) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
