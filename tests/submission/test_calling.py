"""What leaves the house: one call for a chunk, by `send` or `p2p`, each number once."""

import pytest

from accounts.services import create_application, route_everything_to
from messaging.models import Attempt, Chunk, Message
from messaging.services.submission import calling
from messaging.services.submission import claim as claim_chunk
from tests.conftest import Api

pytestmark = pytest.mark.django_db


def sent(simulator):
    return {(row["mobile"], row["content"]) for row in simulator.ledger()}


def test_one_text_to_many_is_one_call(api, upstream, simulator, submit_all):
    api.post("batches", {"to": ["13800000001", "13800000002"], "content": "【A】hi"})
    assert submit_all() == 1
    assert sent(simulator) == {("13800000001", "【A】hi"), ("13800000002", "【A】hi")}
    assert simulator.summary()["calls"]["send"] == 1


def test_many_texts_are_one_p2p_call(api, upstream, simulator, submit_all):
    api.post(
        "batches",
        {"messages": [{"to": "13800000001", "content": "a#b"}, {"to": "13800000002", "content": "c"}]},
    )
    assert submit_all() == 1
    assert sent(simulator) == {("13800000001", "a#b"), ("13800000002", "c")}
    assert simulator.summary()["calls"]["p2p"] == 1


def test_a_text_with_a_line_break_arrives_whole(api, upstream, simulator, submit_all):
    api.post(
        "batches",
        {"messages": [{"to": "13800000001", "content": "a\nb"}, {"to": "13800000002", "content": "c"}]},
    )
    submit_all()
    assert sent(simulator) == {("13800000001", "a\nb"), ("13800000002", "c")}


def test_singles_that_wait_together_travel_together(api, upstream, simulator, submit_all):
    for n in range(5):
        api.send(f"1380000000{n}", content=f"text {n}")
    assert submit_all() == 1
    assert len(simulator.ledger()) == 5


def test_a_number_travels_once_in_a_call(api, upstream, simulator, submit_all):
    api.send("13800000001", content="first")
    api.send("13800000001", content="second")
    assert submit_all() == 2
    assert [row["content"] for row in simulator.ledger()] == ["first", "second"]


def test_singles_of_two_extnos_travel_apart(api, upstream, simulator, submit_all):
    api.send("13800000001")
    api.send("13800000002", extno="10690")
    assert submit_all() == 2


def test_mids_are_recorded_as_they_came(api, upstream, simulator, submit_all):
    message_id = api.send()
    submit_all()
    message = api.message(message_id)
    assert message["status"] == "submitted"
    assert message["account"] == "simulator"
    assert message["mid"] == simulator.ledger()[0]["mid"]
    assert [event["status"] for event in message["events"]] == ["queued", "submitting", "submitted"]


def test_the_attempt_is_committed_as_in_flight_before_the_call(api, upstream, submit_all, monkeypatch):
    seen = []
    submit = calling._submit

    def look(*arguments):
        seen.append(Attempt.objects.get().state)
        return submit(*arguments)

    monkeypatch.setattr(calling, "_submit", look)
    api.send()
    submit_all()
    assert seen == ["in_flight"]


def test_an_attempt_past_its_lease_makes_no_call(api, upstream, simulator):
    api.send()
    claimed = claim_chunk("notification")
    Attempt.objects.update(lease_until="2020-01-01T00:00:00Z")
    assert calling.call(claimed) == "fenced"
    assert simulator.ledger() == []


def test_claiming_writes_no_message_row(api, upstream):
    api.post("batches", {"to": [f"138{n:08d}" for n in range(10)], "content": "hi"})
    before = list(Message.objects.values())
    assert claim_chunk("notification") is not None
    assert list(Message.objects.values()) == before
    assert api.get("messages?status=submitting").json()["results"]


def test_an_account_takes_no_more_calls_than_its_limit(api, upstream, settings):
    settings.OTP_CONNECTION_SHARE = 0
    upstream.max_connections, upstream.max_numbers = 2, 1
    upstream.save()
    api.post("batches", {"to": [f"138{n:08d}" for n in range(5)], "content": "hi"})
    assert [bool(claim_chunk("notification")) for _ in range(3)] == [True, True, False]


def test_who_has_least_in_flight_goes_first(api, upstream, settings):
    settings.OTP_CONNECTION_SHARE = 0
    upstream.max_numbers = 1
    upstream.save()
    other = Api(create_application("other", environment="sandbox")[1])
    api.post("batches", {"to": [f"138{n:08d}" for n in range(3)], "content": "hi"})
    other.post("batches", {"to": [f"139{n:08d}" for n in range(3)], "content": "hi"})
    owners = [claim_chunk("notification").application_id for _ in range(4)]
    assert len(set(owners[:2])) == len(set(owners[2:])) == 2


def test_a_chunk_larger_than_the_account_takes_is_cut(api, upstream, simulator, submit_all):
    api.post("batches", {"to": [f"138{n:08d}" for n in range(10)], "content": "hi"})
    upstream.max_numbers = 4
    upstream.save()
    assert submit_all() == 3
    assert len(simulator.ledger()) == 10
    assert Chunk.objects.filter(parent__isnull=False).count() == 3


def test_lanes_are_apart(api, upstream, submit_all):
    api.send(category="otp")
    assert submit_all("marketing") == 0
    assert submit_all("otp") == 1


def test_a_sandbox_message_cant_reach_a_live_account(api, upstream, submit_all, simulator):
    upstream.routes.all().delete()
    upstream.environment = "live"
    upstream.save()
    route_everything_to(upstream)
    message_id = api.send()
    assert submit_all() == 0
    assert api.message(message_id)["held_because"]["cause"] == "no_route"
