"""Two applications and every route of the schema: what is somebody else's looks as what there is not (FAULTS F3)."""

from uuid import uuid4

import pytest
from django.db import connection

from accounts.services import create_application
from messaging.models import InboundMessage, Message, new_id
from tests.api import contract
from tests.clock import ahead
from tests.conftest import Api

pytestmark = [pytest.mark.django_db, pytest.mark.fault("F3")]

WORD = "kanarienvogel"
VARIABLES = {"message_id", "batch_id"}
TABLES = ("message", "batch", "event", "queuedsingle", "chunk", "inboundmessage", "idempotencykey")


def routes():
    """Method and path template of every operation that names a thing of its caller's."""
    found = [key for key in contract.operations() if any(f"{{{name}}}" in key[1] for name in VARIABLES)]
    assert len(found) >= 6
    return found


@pytest.fixture
def mine(db):
    return Api(create_application("mine", environment="sandbox")[1])


@pytest.fixture
def theirs(upstream, simulator, submit_all, pull_until_final):
    """Somebody else's things, of every kind and in many states."""
    other = Api(create_application("theirs", environment="sandbox")[1])
    numbers = ["13900000001", "19900020029", "19900010017"]  # delivered, undelivered, rejected
    batch = other.post("batches", {"to": numbers, "content": WORD}).json()["id"]
    submit_all()
    pull_until_final(upstream)
    simulator.script({"fault": "drop_after_accept", "action": "send"})
    other.send("13900000004", WORD)  # unknown
    submit_all()
    assert set(Message.objects.values_list("state", flat=True)) == {
        "delivered",
        "undelivered",
        "rejected",
        "unknown",
    }
    single = other.send("13800000001", WORD, reference=WORD)
    scheduled = other.send("13800000002", WORD, reference=WORD, send_at=ahead(days=8))
    InboundMessage.objects.create(
        upstream_account=upstream, payload_id=new_id(), application=Message.objects.get(pk=single).application,
        mid="1", mobile="13900000001", access_code="10690", content=WORD, time_text="",
    )  # fmt: skip
    messages = [str(pk) for pk in Message.objects.values_list("pk", flat=True)]
    assert {single, scheduled} < {*messages}
    return {"message_id": messages, "batch_id": [batch], "other": other}


def asked(api, method, template, value):
    """Ask with a thing's id in the path, and return what differs between two things that are not there."""
    path = template
    for name in VARIABLES:
        path = path.replace(f"{{{name}}}", value)
    answer = api.client.generic(method, path, headers={"X-Request-ID": "same"})
    content = b"" if answer.streaming else answer.content
    return answer.status_code, content, sorted(answer.items())


def everything():
    """All rows, as they stand in the database."""
    with connection.cursor() as cursor:
        for table in TABLES:
            cursor.execute(f"SELECT t::text FROM messaging_{table} t ORDER BY 1")
            yield table, cursor.fetchall()


def test_somebody_elses_id_is_answered_as_one_that_there_is_not(mine, theirs):
    before = dict(everything())
    for method, template in routes():
        [name] = [name for name in VARIABLES if f"{{{name}}}" in template]
        missing = asked(mine, method, template, str(uuid4()))
        assert missing[0] == 404, (method, template)
        for value in theirs[name]:
            assert asked(mine, method, template, value) == missing, (method, template, value)
    assert dict(everything()) == before


def test_the_owner_finds_all_of_it(theirs):
    """Else the test above would show nothing."""
    for method, template in routes():
        [name] = [name for name in VARIABLES if f"{{{name}}}" in template]
        for value in theirs[name]:
            assert asked(theirs["other"], method, template, value)[0] != 404, (method, template)


def test_no_list_shows_anything_of_somebody_else(mine, theirs):
    lists = [
        template
        for (method, template), operation in contract.operations().items()
        if method == "GET" and "{" not in template
    ]
    assert len(lists) >= 5
    for template in lists:
        for query in ("", *_queries(template, theirs)):
            answer = mine.client.get(f"{template}{query}")
            assert answer.status_code in {200, 404}, (template, query, answer.content)
            assert WORD.encode() not in answer.content
            assert answer.status_code == 404 or "results" not in answer.json() or _is_empty(answer, template)


def _is_empty(answer, template):
    return template.endswith("/codes") or answer.json()["results"] == []


def _queries(template, theirs):
    """The filters of a list, with somebody else's values."""
    path = template.removeprefix("/api/v1/")
    if path == "messages":
        yield f"?batch={theirs['batch_id'][0]}"
        yield f"?reference={WORD}"
        yield "?to=13800000001"
        yield f"?cursor={theirs['other'].get('messages?limit=1').json()['next']}"
    elif path in {"events", "inbound"}:
        yield f"?after={theirs['other'].get(f'{path}?limit=1').json()['next']}"
        yield "?mobile=13900000001" if path == "inbound" else "?type=message.accepted"
