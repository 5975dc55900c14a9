"""A message of unknown outcome can be sent again: as a new one, once, and both say so."""

from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest
from django.db import connection

from accounts.services import create_application
from messaging.exceptions import Refused
from messaging.models import Message
from messaging.services.resending import resend

pytestmark = pytest.mark.django_db

SAME = ("to", "content", "category", "reference", "extno", "parts", "expires_at")
COPIED = {"to": "13800000001", "content": "【Acme】4711", "category": "notification", "reference": "order-42",
          "extno": "10690", "expires_at": "2099-01-01T00:00:00Z"}  # fmt: skip


@pytest.fixture
def lost(simulator):
    """The gateway takes the next call, and its answer is lost."""
    simulator.script({"fault": "drop_after_accept", "action": "send", "times": 1})


@pytest.fixture
def unknown(api, upstream, lost, submit_all):
    message_id = api.post("messages", COPIED).json()["id"]
    submit_all()
    return message_id


def refusal(answer):
    assert answer.status_code == 409
    assert answer.headers["content-type"] == "application/problem+json"
    body = answer.json()
    assert (body["code"], body["retry"]) == ("not_resendable", "never")
    return body["detail"]


def test_the_new_message_is_the_old_one_again_and_both_say_so(api, unknown):
    answer = api.post(f"messages/{unknown}/resend", None)
    assert answer.status_code == 202
    old, new = api.message(unknown), answer.json()
    assert {name: new[name] for name in SAME} == {name: old[name] for name in SAME}
    assert (new["status"], new["resend_of"], new["resent_as"]) == ("queued", unknown, None)
    assert (old["status"], old["resend_of"], old["resent_as"]) == ("unknown", None, new["id"])
    assert old["possible_duplicate"]
    assert new["possible_duplicate"]


@pytest.mark.fault("E35")
def test_the_new_message_is_sent(api, unknown, simulator, submit_all):
    new = api.post(f"messages/{unknown}/resend", {}).json()["id"]
    assert submit_all() == 1
    assert api.message(new)["status"] == "submitted"
    assert [row["mobile"] for row in simulator.ledger()] == ["13800000001"] * 2


def test_both_histories_tell_it(api, unknown):
    new = api.post(f"messages/{unknown}/resend", None).json()["id"]
    last = api.message(unknown)["events"][-1]
    assert (last["status"], last["detail"]) == ("unknown", f"resent as {new} by the caller")
    first = api.message(new)["events"][0]
    assert (first["type"], first["detail"]) == ("message.accepted", f"resend of {unknown}")


def test_a_text_that_the_batch_holds_travels_with_it(api, upstream, lost, submit_all):
    api.post("batches", {"to": ["13800000001"], "content": "【Acme】hi"})
    submit_all()
    old = str(Message.objects.get().pk)
    new = api.post(f"messages/{old}/resend", None).json()
    assert (new["content"], new["batch"]) == ("【Acme】hi", None)


def test_what_was_given_up_can_be_resent_too(api, unknown):
    Message.objects.update(state="unresolved")
    assert api.post(f"messages/{unknown}/resend", None).status_code == 202


def test_once(api, unknown):
    new = api.post(f"messages/{unknown}/resend", None).json()["id"]
    assert new in refusal(api.post(f"messages/{unknown}/resend", None))
    assert Message.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_once_even_when_asked_at_the_same_moment(unknown):
    def ask(_n):
        try:
            return resend(Message.objects.get(resend_of=None).pk, None, by="test")
        except Refused:
            return None
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as executor:
        answers = list(executor.map(ask, range(6)))
    assert len([answer for answer in answers if answer]) == 1
    assert Message.objects.count() == 2


def test_what_still_waits_can_not_be_resent(api, upstream):
    assert "queued" in refusal(api.post(f"messages/{api.send()}/resend", None))


@pytest.mark.parametrize("state", ["submitted", "delivered", "undelivered", "rejected"])
def test_what_is_known_can_not_be_resent(api, unknown, state):
    Message.objects.update(state=state, mid="1")
    assert state in refusal(api.post(f"messages/{unknown}/resend", None))


def test_a_deadline_holds_for_the_second_copy_too(api, unknown):
    Message.objects.update(expires_at="2020-01-01T00:00:00Z")
    assert "expires_at" in refusal(api.post(f"messages/{unknown}/resend", None))


def test_somebody_elses_message_is_not_found(api, unknown):
    other = type(api)(create_application("other", environment="sandbox")[1])
    foreign, missing = (other.post(f"messages/{pk}/resend", None) for pk in (unknown, uuid4()))
    assert foreign.status_code == missing.status_code == 404
    assert foreign.json()["code"] == missing.json()["code"] == "not_found"
    assert foreign.json()["detail"] == missing.json()["detail"]
    assert Message.objects.count() == 1


@pytest.mark.fault("E35")
def test_staff_may_resend_anybodys(api, unknown):
    new = resend(Message.objects.get().pk, None, by="li")
    assert api.message(str(new))["resend_of"] == unknown
    assert api.message(unknown)["events"][-1]["detail"].endswith("by li")


def test_openapi_describes_it(api):
    schema = api.get("schema/").json()
    assert {"202", "404", "409"} <= set(
        schema["paths"]["/api/v1/messages/{message_id}/resend"]["post"]["responses"]
    )
