"""Workers that are killed, or stand still, between any two of their steps."""

import pytest
from django.db import connection

from messaging.models import Alarm, Attempt, Chunk, Message, UpstreamPayload
from messaging.services import payloads, recovery
from tests.simulator.process import eventually

pytestmark = pytest.mark.django_db(transaction=True)
NUMBER = "13800000001"
SHORT = {"ATTEMPT_LEASE_SECONDS": 0.2}


@pytest.fixture
def message(api, upstream):
    return api.send(NUMBER)


def status(api, message):
    return api.message(message)["status"]


def recovered():
    """What the clock does every ten seconds, as soon as the lease is over."""
    return eventually(recovery.recover)


def gateway_took(simulator):
    return eventually(lambda: len(simulator.ledger()))


@pytest.mark.fault("D1")
def test_killed_after_the_claim_it_is_sent_once_by_the_next(api, message, simulator, crew, submit_all):
    crew.killed("submit", "notification", at="claimed", **SHORT)
    assert status(api, message) == "submitting"
    recovered()
    assert submit_all() == 1
    assert status(api, message) == "submitted"
    assert len(simulator.ledger()) == 1


@pytest.mark.fault("D2")
def test_killed_once_it_may_have_called_it_is_unknown(api, message, simulator, crew, submit_all):
    crew.killed("submit", "notification", at="in_flight", **SHORT)
    recovered()
    assert submit_all() == 0
    assert status(api, message) == "unknown"
    assert api.message(message)["events"][-1]["detail"] == "worker_lost"
    assert simulator.ledger() == []


@pytest.mark.parametrize(
    "point",
    [
        pytest.param("written", marks=pytest.mark.fault("D3")),
        pytest.param("answer_read", marks=pytest.mark.fault("D4")),
        pytest.param("commit_2", marks=pytest.mark.fault("D5")),
    ],
)
def test_killed_after_the_gateway_took_it_nothing_is_sent_again(
    api, message, simulator, crew, submit_all, point
):
    crew.killed("submit", "notification", at=point, **SHORT)
    gateway_took(simulator)
    recovered()
    assert submit_all() == 0
    assert status(api, message) == "unknown"
    assert len(simulator.ledger()) == 1
    attempt = Attempt.objects.get()
    assert (attempt.state, attempt.raw) == ("unknown", None)


@pytest.mark.fault("D5")
def test_raw_answer_and_results_are_one_commit(api, message, simulator, crew):
    """Whichever commit a worker dies at, an attempt with an answer has its results."""
    crew.killed("submit", "notification", at="commit_1", **SHORT)
    assert not Attempt.objects.exists()
    crew.killed("submit", "notification", at="commit_2", **SHORT)
    gateway_took(simulator)
    assert (Attempt.objects.get().state, Attempt.objects.get().raw) == ("in_flight", None)
    assert status(api, message) == "submitting"
    recovered()
    assert status(api, message) == "unknown"


@pytest.mark.fault("D7")
def test_a_message_that_kills_five_workers_is_held_and_the_others_go(
    api, message, simulator, crew, submit_all
):
    for _life in range(recovery.MOST_CLAIMS):
        crew.killed("submit", "notification", at="claimed", **SHORT)
        recovered()
    other = api.send("13800000002")
    assert submit_all() == 1
    assert (status(api, message), status(api, other)) == ("held", "submitted")
    assert Alarm.objects.filter(name="message_kills_workers").exists()


@pytest.mark.fault("D7")
def test_a_batch_that_kills_its_workers_is_taken_apart_until_the_culprit_is_alone(api, upstream, crew):
    api.post("batches", {"to": [f"1380000000{n}" for n in range(4)], "content": "hi"})
    for _life in range(recovery.MOST_CLAIMS):
        crew.killed("submit", "notification", at="claimed", **SHORT)
        recovered()
    assert sorted(Chunk.objects.filter(state="queued").values_list("size", flat=True)) == [2, 2]


@pytest.mark.fault("D18")
def test_a_sweeper_killed_half_way_leaves_the_rest_to_the_next(api, upstream, simulator, crew, submit_all):
    for n in range(3):
        api.send(f"1380000000{n}")
        crew.killed("submit", "notification", at="claimed", **SHORT)
    eventually(lambda: _ended_leases() == 3)
    crew.killed("recover", at="commit_2")
    assert Chunk.objects.filter(state="submitting").count() == 2
    assert recovery.recover() == 2
    submit_all()
    assert len(simulator.ledger()) == 3


@pytest.mark.fault("D18")
def test_two_sweepers_at_once_settle_each_attempt_once(api, upstream, simulator, crew, submit_all):
    for n in range(4):
        api.send(f"1380000000{n}")
        crew.killed("submit", "notification", at="in_flight", **SHORT)
    eventually(lambda: _ended_leases() == 4)
    first = crew.start("recover", at="commit_1", by="SIGSTOP").stopped()
    assert recovery.recover() == 3  # the locked one is somebody else's
    first.go_on()
    assert first.ended() == 0
    assert recovery.recover() == 0
    assert Message.objects.filter(state="unknown").count() == 4


def _ended_leases():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM messaging_attempt"
            " WHERE state IN ('prepared', 'in_flight') AND lease_until < statement_timestamp()"
        )
        return cursor.fetchone()[0]


@pytest.mark.fault("D19")
def test_paused_before_the_call_past_its_lease_it_sends_nothing(api, message, simulator, crew, submit_all):
    worker = crew.start("submit", "notification", at="claimed", by="SIGSTOP", **SHORT).stopped()
    recovered()
    assert submit_all() == 1
    worker.go_on()
    assert worker.ended() == 0
    assert status(api, message) == "submitted"
    assert len(simulator.ledger()) == 1


@pytest.mark.fault("D19")
def test_paused_before_the_call_and_not_recovered_yet_it_sends_nothing_either(
    api, message, simulator, crew, submit_all
):
    worker = crew.start("submit", "notification", at="claimed", by="SIGSTOP", **SHORT).stopped()
    eventually(lambda: _ended_leases() == 1)
    worker.go_on()
    assert worker.ended() == 0
    assert simulator.ledger() == []
    recovered()
    assert submit_all() == 1
    assert status(api, message) == "submitted"


@pytest.mark.fault("D19", "E30")
def test_paused_in_the_call_past_its_lease_its_late_answer_counts(api, message, simulator, crew, submit_all):
    worker = crew.start("submit", "notification", at="answer_read", by="SIGSTOP", **SHORT).stopped()
    recovered()
    assert status(api, message) == "unknown"
    assert submit_all() == 0
    worker.go_on()
    assert worker.ended() == 0
    assert status(api, message) == "submitted"
    assert len(simulator.ledger()) == 1


@pytest.mark.fault("D19")
def test_paused_between_in_flight_and_the_first_byte_it_is_one_sms_at_most(
    api, message, simulator, crew, submit_all
):
    """The one place where an unknown message leaves after it was called unknown; never twice."""
    worker = crew.start("submit", "notification", at="in_flight", by="SIGSTOP", **SHORT).stopped()
    recovered()
    assert submit_all() == 0
    worker.go_on()
    assert worker.ended() == 0
    assert status(api, message) == "submitted"
    assert len(simulator.ledger()) == 1


@pytest.mark.fault("D12")
def test_ten_workers_woken_at_once_send_one_message_once(api, message, simulator, crew):
    workers = [crew.start("submit", "notification") for _wake_up in range(10)]
    assert [worker.ended() for worker in workers] == [0] * 10
    assert status(api, message) == "submitted"
    assert len(simulator.ledger()) == 1


@pytest.fixture
def reported(api, upstream, simulator, submit_all):
    """A message whose report waits at the gateway; the number is one that gets none by itself."""
    message = api.send("19900040010")
    submit_all()
    row = simulator.ledger()[0]
    simulator.queue_report(row["mid"], row["mobile"], "DELIVRD")
    return message


@pytest.mark.fault("G1")
def test_killed_with_the_page_in_hand_the_loss_is_known(api, reported, upstream, simulator, crew):
    crew.killed("pull", upstream.pk, "report", at="page_arrived")
    assert len(simulator.handed()) == 1
    assert UpstreamPayload.objects.get().state == "started"
    UpstreamPayload.objects.update(started_at="2020-01-01T00:00:00Z")
    assert payloads.sweep_fetches() == 1
    assert UpstreamPayload.objects.get().state == "maybe_lost"
    assert Alarm.objects.filter(name="fetch_maybe_lost").exists()
    assert status(api, reported) == "submitted"


@pytest.mark.fault("G2")
def test_killed_after_the_raw_commit_the_page_is_read_by_the_next(api, reported, upstream, crew):
    crew.killed("pull", upstream.pk, "report", at="page_committed")
    assert UpstreamPayload.objects.get().state == "received"
    assert [payloads.read_waiting(), payloads.read_waiting()] == [1, 0]
    assert status(api, reported) == "delivered"
    assert [event["type"] for event in api.message(reported)["events"]].count("message.delivered") == 1


@pytest.mark.fault("G17")
def test_two_pullers_ask_the_gateway_once(reported, upstream, simulator, crew):
    first = crew.start("pull", upstream.pk, "report", at="page_arrived", by="SIGSTOP").stopped()
    assert payloads.pull(upstream.pk, "report") == 0
    assert simulator.summary()["calls"]["report"] == 1
    first.go_on()
    assert first.ended() == 0
    assert Message.objects.get().state == "delivered"
