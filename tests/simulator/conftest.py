import json
from collections.abc import Callable, Iterator
from http.client import HTTPConnection
from typing import Any, NamedTuple
from urllib.parse import urlencode

import pytest

from tests.simulator.process import Simulator, running_simulator

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
LOGIN = {"account": "922011", "password": "simulator"}
SUBMISSION = LOGIN | {"extno": "10690"}


class Fetched(NamedTuple):
    status: int
    headers: dict[str, str]
    text: str


Fetch = Callable[..., Fetched]
Ask = Callable[..., dict[str, Any]]


@pytest.fixture(scope="session")
def one_simulator() -> Iterator[Simulator]:
    with running_simulator(seconds_to_report=0) as simulator:
        yield simulator


@pytest.fixture
def simulator(one_simulator: Simulator) -> Simulator:
    """A gateway as at its start, with the default accounts; reports are due at once."""
    one_simulator.reset()
    return one_simulator


@pytest.fixture
def fetch(simulator: Simulator) -> Fetch:
    """One HTTP exchange."""

    def exchange(method: str = "POST", path: str = "/sms", body: Any = None, headers: Any = None) -> Fetched:
        connection = HTTPConnection("127.0.0.1", simulator.port, timeout=10)
        try:
            connection.request(method, path, body, headers or {})
            answer = connection.getresponse()
            return Fetched(answer.status, dict(answer.getheaders()), answer.read().decode())
        finally:
            connection.close()

    return exchange


@pytest.fixture
def ask(fetch: Fetch) -> Ask:
    """One call in the demo account's name, answered in JSON; a field that is None is left out."""

    def call(action: str, **fields: Any) -> dict[str, Any]:
        login = SUBMISSION if action in ("send", "p2p") else LOGIN
        form = {"action": action, "rt": "json"} | login | fields
        body = urlencode({name: value for name, value in form.items() if value is not None})
        document: dict[str, Any] = json.loads(fetch("POST", "/sms", body, FORM).text)
        return document

    return call
