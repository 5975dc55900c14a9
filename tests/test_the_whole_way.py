"""Through the services, without a worker: claim, call, record, pull, match."""

import pytest

from accounts.services import create_upstream_account
from messaging.models import Attempt, Message
from messaging.services import payloads
from messaging.services.submission import submit_next
from tests.simulator.process import eventually

pytestmark = pytest.mark.django_db


@pytest.fixture
def simulator(simulator_process):
    simulator_process.reset()
    return simulator_process


@pytest.fixture
def upstream(db, simulator):
    return create_upstream_account(
        name="simulator",
        environment="sandbox",
        base_url=simulator.url,
        account="922011",
        password="simulator",
        extno="10690",
        default=True,
    )


def test_messages_become_delivered_undelivered_and_rejected(api, upstream, simulator):
    batch = api.post(
        "/api/v1/batches", {"to": ["13800000001", "19900020029", "19900010017"], "content": "【A】hi"}
    ).json()
    one = api.post("/api/v1/messages", {"to": "13800000009", "content": "【A】one"}).json()
    while submit_next("notification"):
        pass
    assert Attempt.objects.count() == 2

    def pulled():
        payloads.pull(upstream.pk, "report")
        return Message.objects.filter(state="submitted").count() == 0

    eventually(pulled)
    found = {m["to"]: m for m in api.get("/api/v1/messages").json()["results"]}
    assert found["13800000001"]["status"] == "delivered"
    assert found["13800000009"]["status"] == "delivered"
    assert found["19900020029"]["code"]["code"] == "MA:0029"
    assert found["19900010017"]["status"] == "rejected"
    print(api.get(f"/api/v1/messages/{one['id']}").json())
