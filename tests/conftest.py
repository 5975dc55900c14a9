from collections.abc import Callable, Iterator
from typing import Any
from uuid import uuid4

import pytest
from django.conf import settings
from django.utils import translation
from rest_framework.test import APIClient

from accounts import rates
from accounts.models import Application, UpstreamAccount
from accounts.quotas import blocks
from accounts.services import create_application, create_upstream_account
from messaging.models import Message
from messaging.services import payloads
from messaging.services.submission import submit_next
from tests.flushing import may_forget  # noqa: F401  (a fixture for all)
from tests.simulator.process import Simulator, eventually, running_simulator


@pytest.fixture(scope="session")
def simulator_process() -> Iterator[Simulator]:
    with running_simulator(seconds_to_report=0.05) as simulator:
        yield simulator


@pytest.fixture
def simulator(simulator_process: Simulator) -> Simulator:
    """The gateway in a box, as if just started."""
    simulator_process.reset()
    simulator_process.script()
    return simulator_process


@pytest.fixture
def upstream(db: None, simulator: Simulator) -> UpstreamAccount:
    """The account that every sandbox application is routed to."""
    return create_upstream_account(
        name="simulator",
        environment="sandbox",
        base_url=simulator.url,
        account="922011",
        password="simulator",
        extno="10690",
        default=True,
    )


@pytest.fixture
def shop(db: None) -> Application:
    return create_application("shop", environment="sandbox")[0]


@pytest.fixture
def call_as() -> Callable[[str], APIClient]:
    def client(key: str) -> APIClient:
        return APIClient(HTTP_AUTHORIZATION=f"Bearer {key}")

    return client


class Api:
    """JSON in, JSON out, as one application."""

    def __init__(self, key: str) -> None:
        self.client = APIClient(HTTP_AUTHORIZATION=f"Bearer {key}", raise_request_exception=False)

    def post(self, path: str, body: Any, **headers: str) -> Any:
        return self.client.post(f"/api/v1/{path}", body, format="json", headers=headers)

    def get(self, path: str, **headers: str) -> Any:
        return self.client.get(f"/api/v1/{path}", headers=headers)

    def send(self, to: str = "13800000001", content: str = "【Acme】4711", **more: Any) -> str:
        """Post one message and return its id."""
        answer = self.post("messages", {"to": to, "content": content, **more})
        assert answer.status_code == 202, answer.content
        message_id: str = answer.json()["id"]
        return message_id

    def message(self, message_id: str) -> dict[str, Any]:
        found: dict[str, Any] = self.get(f"messages/{message_id}").json()
        return found


@pytest.fixture
def api(db: None) -> Api:
    """The application `shop`, calling."""
    return Api(create_application("shop", environment="sandbox")[1])


@pytest.fixture
def submit_all() -> Callable[..., int]:
    """Do what the workers of a lane do, until nothing can go; return the number of calls."""

    def run(lane: str = "notification") -> int:
        calls = 0
        while submit_next(lane):
            calls += 1
        return calls

    return run


@pytest.fixture
def pull_until_final() -> Callable[[UpstreamAccount], None]:
    """Do what the pollers do, until no message awaits a report."""

    def run(account: UpstreamAccount) -> None:
        def settled() -> bool:
            payloads.pull(account.pk, payloads.Kind.REPORT)
            return not Message.objects.filter(state="submitted").exists()

        eventually(settled)

    return run


@pytest.fixture(autouse=True)
def language_of_its_own() -> Iterator[None]:
    """A request in another language leaves it behind in its thread."""
    with translation.override(settings.LANGUAGE_CODE):
        yield


@pytest.fixture(autouse=True)
def buckets_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test uses up another's rate."""
    monkeypatch.setattr(rates, "PREFIX", f"test:{uuid4()}:")


@pytest.fixture
def own_quota_units() -> Iterator[None]:
    """This process, as if just started; at the end it gives back what it has not spent."""
    blocks._start_anew()
    yield
    blocks._desks.return_units(only_idle=False)
    blocks._start_anew()
