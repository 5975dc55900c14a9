"""A tiny web server that is told of alarms, and an alarm to tell."""

import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from django.db.models import F
from pytest_django import Settings

from messaging import alarming
from messaging.models import Alarm
from messaging.services import alarms


@dataclass
class Listener:
    """What was posted, and what is answered: HTTP status, body, and headers."""

    url: str = ""
    status: int = 200
    answer: bytes = b"{}"
    headers: dict[str, str] = field(default_factory=dict)
    paths: list[str] = field(default_factory=list)
    raw: list[str] = field(default_factory=list)

    @property
    def posts(self) -> list[dict[str, Any]]:
        return [json.loads(text) for text in self.raw]

    def states(self) -> list[str]:
        return [post["state"] for post in self.posts]


@pytest.fixture
def listener() -> Iterator[Listener]:
    heard = Listener()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            heard.paths.append(self.path)
            heard.raw.append(self.rfile.read(int(self.headers["Content-Length"])).decode())
            self.send_response(heard.status)
            for name, value in heard.headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(heard.answer)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    heard.url = f"http://127.0.0.1:{server.server_port}/hook"
    yield heard
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def webhook(db: None, listener: Listener, settings: Settings) -> Listener:
    settings.ALERT_WEBHOOK_URL = listener.url
    return listener


@pytest.fixture
def alarm(db: None) -> Alarm:
    alarming.sound("no_reports", "main", detail="Nothing came for 30 minutes.", next_step="Ask the vendor.")
    return Alarm.objects.get()


@pytest.fixture
def an_hour_passes() -> Callable[[], None]:
    def passes() -> None:
        Alarm.objects.update(told_at=F("told_at") - timedelta(hours=1))

    return passes


@pytest.fixture
def sounding(db: None) -> Callable[[str], list[str]]:
    """Look, and return whom the alarms of a name are about now."""

    def look(name: str) -> list[str]:
        alarms.look()
        return sorted(Alarm.objects.filter(name=name, ended_at=None).values_list("subject", flat=True))

    return look
