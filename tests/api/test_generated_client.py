"""A client that a public generator makes of our schema, against a web server as production runs it."""

import importlib
import json
import os
import subprocess
import sys
from pathlib import Path
from uuid import uuid4

import pytest

from accounts.services import create_application
from messaging.models import Message
from messaging.services.submission import submit_next
from tests.api import contract
from tests.api.web import running_web
from tests.clock import ahead

pytestmark = pytest.mark.django_db(transaction=True)

NAME = "generated_smsgateway_client"
TEXT = "【Acme】We open at nine."


@pytest.fixture(scope="module")
def generated(tmp_path_factory):
    """Where the client was written, and what the generator said."""
    folder = tmp_path_factory.mktemp("client")
    (folder / "schema.json").write_text(json.dumps(contract.schema()))
    generator = Path(sys.executable).with_name("openapi-python-client")
    run = subprocess.run(
        [generator, "generate", "--path", "schema.json", "--meta", "none", "--output-path", NAME],
        cwd=folder, capture_output=True, text=True,
        env=os.environ | {"PATH": f"{generator.parent}{os.pathsep}{os.environ['PATH']}"},
    )  # fmt: skip
    return folder, run


@pytest.fixture
def client(generated, tmp_path, monkeypatch):
    """The client's modules, by name, and a caller with a key."""
    folder, run = generated
    assert run.returncode == 0, run.stdout + run.stderr
    monkeypatch.syspath_prepend(str(folder))
    key = create_application("shop", environment="sandbox")[1]

    def module(name):
        return importlib.import_module(f"{NAME}.{name}")

    with running_web(tmp_path) as web:
        address = f"http://127.0.0.1:{web.port}"
        with module("client").AuthenticatedClient(base_url=address, token=key, timeout=30) as caller:
            yield module, caller


def test_the_generator_has_nothing_to_complain_of(generated):
    _folder, run = generated
    assert (run.returncode, run.stderr) == (0, "")
    assert run.stdout.split() == ["Generating", NAME]


def test_it_sends_a_batch_and_reads_what_became_of_it(client, upstream):
    module, caller = client
    models = module("models")
    body = models.BatchOfNumbersRequest(to=["13800000001", "+86 138 0000 0002"], content=TEXT)
    key = str(uuid4())
    send_batch, list_events = module("api.batches.send_batch"), module("api.events.list_events")
    batch = send_batch.sync(client=caller, body=body, idempotency_key=key)
    assert isinstance(batch, models.AcceptedBatch)
    assert (batch.status, batch.accepted, batch.counts["queued"]) == (models.BatchStatus.ACCEPTED, 2, 2)
    again = send_batch.sync_detailed(client=caller, body=body, idempotency_key=key)
    assert (again.parsed.id, again.headers["Idempotent-Replayed"]) == (batch.id, "true")

    feed = list_events.sync(client=caller)
    assert {item.type_ for item in feed.results} == {models.EventType.MESSAGE_ACCEPTED}
    assert submit_next("notification")
    seen = {}
    while "submitted" not in seen.values():
        feed = list_events.sync(client=caller, after=feed.next_, wait=20)
        assert feed.results, "nothing came within the time that was asked for"
        seen |= {item.message.to: item.message.status.value for item in feed.results}
    assert seen == {"13800000001": "submitted", "13800000002": "submitted"}


def test_it_asks_beforehand_sends_later_and_cancels(client, upstream):
    module, caller = client
    models = module("models")
    body = models.MessageRequest.from_dict({"to": "13800000001", "content": TEXT, "send_at": ahead(hours=1)})
    check = module("api.messages.check_message").sync(client=caller, body=body)
    assert (check.parts, check.account, check.carrier) == (1, "simulator", models.Carrier.MOBILE)
    assert not Message.objects.exists()
    message = module("api.messages.send_message").sync(client=caller, body=body)
    assert message.status is models.MessageStatus.SCHEDULED
    assert message.send_at == body.send_at
    cancel = module("api.messages.cancel_message")
    assert cancel.sync(message.id, client=caller).status is models.MessageStatus.CANCELLED
    found = module("api.messages.get_message").sync(message.id, client=caller)
    assert [event.type_ for event in found.events][-1] is models.EventType.MESSAGE_CANCELLED
    refused = module("api.messages.resend_message").sync(message.id, client=caller)
    assert isinstance(refused, models.Problem409)
    assert (refused.code, refused.retry) == (models.Problem409Code.NOT_RESENDABLE, models.Retry.NEVER)


def test_a_mistake_is_an_object_that_says_where_and_whether_to_send_again(client):
    module, caller = client
    models = module("models")
    body = models.BatchOfNumbersRequest(to=["13800000001", "12"], content=TEXT)
    problem = module("api.batches.send_batch").sync(client=caller, body=body, accept_language="zh-hans")
    assert isinstance(problem, models.Problem422)
    assert (problem.code, problem.retry) == (models.Problem422Code.INVALID_NUMBER, models.Retry.AFTER_FIX)
    assert [(error.pointer, error.code.value) for error in problem.errors] == [("/to/1", "invalid_number")]
    assert "手机号" in problem.detail
    stranger = module("client").AuthenticatedClient(base_url=caller._base_url, token="nonsense")
    assert isinstance(module("api.balance.get_balance").sync(client=stranger), models.Problem401)
