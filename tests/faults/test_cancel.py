"""Cancel racing with the claim: exactly one wins, and the answer tells which (FAULTS E32)."""

import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest
from django.db import connection, connections, transaction

from messaging.models import Batch, Chunk, Message
from messaging.services.submission import calling, claim, submit_next

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.fault("E32")]

LANE = "notification"
WORKERS = 3


def numbers(count):
    return [f"138{n:08d}" for n in range(count)]


@pytest.fixture
def few_a_call(upstream):
    """An account whose calls are small, so that there are many to race with."""
    upstream.max_numbers, upstream.max_connections = 4, WORKERS + 1
    upstream.save()
    return upstream


@contextmanager
def threads(count):
    """Threads that leave no connection behind."""

    def release(job, *args):
        try:
            return job(*args)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(count) as executor:
        yield lambda job, *args: executor.submit(release, job, *args)


def submit_until_nothing_is_left():
    """What a worker does, with patience for claims of others that are not committed yet."""
    idle = 0
    while idle < 5:
        idle = 0 if submit_next(LANE) else idle + 1
        time.sleep(0.01 * idle)


BLOCKED_BY_US = """
SELECT count(*) FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY(pg_blocking_pids(pid))
"""


def eventually_blocked():
    """Wait until somebody waits for a lock of ours."""
    ends = time.monotonic() + 10
    with connection.cursor() as cursor:
        while time.monotonic() < ends:
            cursor.execute(BLOCKED_BY_US)
            if cursor.fetchone()[0]:
                return
            time.sleep(0.01)
    raise AssertionError("nobody waits")


def mobiles(state):
    return sorted(Message.objects.filter(state=state).values_list("mobile", flat=True))


def taken(simulator):
    return sorted(row["mobile"] for row in simulator.ledger())


def assert_each_went_one_way(simulator, count):
    """In the ledger or cancelled: never both, never neither."""
    assert sorted(taken(simulator) + mobiles("cancelled")) == numbers(count)
    assert mobiles("submitted") == taken(simulator)


# At the same moment, as it comes


@pytest.mark.parametrize("from_batch", [False, True], ids=["singles", "members of a batch"])
def test_messages_cancelled_one_by_one_while_workers_claim(api, few_a_call, simulator, from_batch):
    count = 120
    if from_batch:
        api.post("batches", {"to": numbers(count), "content": "【Acme】hi"})
    else:
        for number in numbers(count):
            api.send(number)
    waiting = list(
        Message.objects.order_by("-pk").values_list("pk", flat=True)
    )  # workers begin at the other end
    with threads(WORKERS + 2) as start:
        workers = [start(submit_until_nothing_is_left) for _worker in range(WORKERS)]
        half = [waiting[::2], waiting[1::2]]
        asked = [
            start(lambda ids: [api.post(f"messages/{pk}/cancel", None) for pk in ids], ids) for ids in half
        ]
        answers = [answer for answered in asked for answer in answered.result()]
        for worker in workers:
            worker.result()
    statuses = [answer.status_code for answer in answers]
    assert set(statuses) == {200, 409}, "one side won every time: no race"
    assert statuses.count(200) == len(mobiles("cancelled"))
    assert_each_went_one_way(simulator, count)


@pytest.mark.parametrize("split", [False, True], ids=["as accepted", "split at the claim"])
def test_a_batch_cancelled_while_workers_claim(api, few_a_call, simulator, split):
    count = 400
    few_a_call.max_numbers = 40 if split else 4
    few_a_call.save()
    batch = api.post("batches", {"to": numbers(count), "content": "【Acme】hi"}).json()["id"]
    few_a_call.max_numbers = 4
    few_a_call.save()
    with threads(WORKERS + 1) as start:
        workers = [start(submit_until_nothing_is_left) for _worker in range(WORKERS)]
        while len(simulator.ledger()) < 20:
            time.sleep(0.001)
        account = start(api.post, f"batches/{batch}/cancel", None).result().json()["cancellation"]
        at_once = set(mobiles("cancelled"))
        for worker in workers:
            worker.result()
    assert account["cancelled"] == len(at_once) > 0
    assert account["cancelled"] + account["already_gone"] == count
    assert set(account["by_status"]) <= {"submitting", "submitted", "delivered"}, (
        "what waited was not cancelled"
    )
    assert set(mobiles("cancelled")) == at_once
    assert_each_went_one_way(simulator, count)


def test_a_batch_cancelled_by_several_at_once_is_cancelled_once(api, few_a_call):
    batch = api.post("batches", {"to": numbers(200), "content": "【Acme】hi"}).json()["id"]
    with threads(4) as start:
        asked = [start(api.post, f"batches/{batch}/cancel", None) for _time in range(4)]
        accounts = [answer.result().json()["cancellation"] for answer in asked]
    assert accounts == [{"cancelled": 200, "already_gone": 0, "by_status": {}}] * 4
    assert Batch.objects.get().cancelled_at


# Step by step: the claim holds its locks, and cancel waits for its end


class Undone(Exception):
    pass


@contextmanager
def claim_under_way(*, fails):
    """A claim that is done but not committed; at the end it is committed, or its transaction fails."""
    try:
        with transaction.atomic():
            claimed = claim(LANE)
            assert claimed
            yield claimed
            if fails:
                raise Undone
    except Undone:
        pass


@pytest.mark.parametrize("fails", [False, True], ids=["committed", "failed"])
@pytest.mark.parametrize("from_batch", [False, True], ids=["single", "member of a batch"])
def test_a_cancel_waits_for_the_claim_and_takes_its_word(api, few_a_call, simulator, from_batch, fails):
    if from_batch:
        api.post("batches", {"to": numbers(1), "content": "【Acme】hi"})
    else:
        api.send(numbers(1)[0])
    path = f"messages/{Message.objects.get().pk}/cancel"
    with threads(1) as start:
        with claim_under_way(fails=fails) as claimed:
            asked = start(api.post, path, None)
            eventually_blocked()
        answer = asked.result()
    assert (answer.status_code, answer.json().get("status")) == ((200, "cancelled") if fails else (409, 409))
    assert calling.call(claimed) == ("fenced" if fails else "answered")
    assert len(simulator.ledger()) == (0 if fails else 1)
    submit_until_nothing_is_left()
    assert_each_went_one_way(simulator, 1)


def test_pieces_of_a_chunk_that_is_being_split_are_cancelled_too(api, few_a_call, simulator):
    batch = api.post("batches", {"to": numbers(4), "content": "【Acme】hi"}).json()["id"]
    few_a_call.max_numbers = 1
    few_a_call.save()
    with threads(1) as start:
        with claim_under_way(fails=False) as claimed:
            asked = start(api.post, f"batches/{batch}/cancel", None)
            eventually_blocked()
        account = asked.result().json()["cancellation"]
    assert account == {"cancelled": 3, "already_gone": 1, "by_status": {"submitting": 1}}
    assert calling.call(claimed) == "answered"
    assert_each_went_one_way(simulator, 4)


def test_a_message_that_is_being_put_into_another_chunk_is_followed_there(api, few_a_call, simulator):
    api.post("batches", {"to": numbers(2), "content": "【Acme】hi"})
    few_a_call.max_numbers = 1
    few_a_call.save()
    last = Message.objects.order_by("pk").last()
    with threads(1) as start:
        with claim_under_way(fails=False) as claimed:
            assert last.pk not in {member.id for member in claimed.members}
            asked = start(api.post, f"messages/{last.pk}/cancel", None)
            eventually_blocked()
        assert asked.result().status_code == 200
    assert calling.call(claimed) == "answered"
    assert_each_went_one_way(simulator, 2)


def test_a_claim_finds_nothing_of_what_is_being_cancelled(api, few_a_call, simulator):
    message_id = api.send(numbers(1)[0])
    api.post("batches", {"to": numbers(3)[1:], "content": "【Acme】hi"})
    with threads(1) as start, transaction.atomic():
        assert api.post(f"messages/{message_id}/cancel", None).status_code == 200
        assert api.post(f"batches/{Batch.objects.get().pk}/cancel", None).status_code == 200
        assert start(claim, LANE).result() is None
    assert claim(LANE) is None
    assert not Chunk.objects.exclude(state="done").exists()
    assert_each_went_one_way(simulator, 3)
