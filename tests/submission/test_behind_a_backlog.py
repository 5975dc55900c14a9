"""Somebody's backlog delays nobody else: counted in calls, so that a slow machine changes nothing."""

import pytest

from accounts.services import change_upstream_account, create_application
from messaging.models import Chunk, Message
from messaging.services.submission import claim, submit_next
from tests.conftest import Api

pytestmark = pytest.mark.django_db

ROUNDS, CALLS_A_ROUND, A_CALL, OF_EACH = 5, 6, 50, 14
OTHERS = ("otter", "heron", "newt", "vole")
BIG = 7 * OF_EACH * len(OTHERS)


def numbers(prefix, count):
    return [f"{prefix}{n:0{11 - len(prefix)}d}" for n in range(count)]


def post(api, to, lane):
    answer = api.post("batches", {"to": to, "content": "【Acme】hi", "category": lane})
    assert answer.status_code == 202, answer.content
    return answer.json()["id"]


def handed_over(batch):
    return Message.objects.filter(batch_id=batch, state="submitted").count()


@pytest.mark.fault("C4")
@pytest.mark.parametrize("lane", ["otp", "notification", "marketing"])
def test_who_sends_seven_times_what_all_others_send_delays_each_by_one_turn(api, upstream, lane):
    """More comes all the time than the calls can carry; what waits is the one's own, and grows."""
    change_upstream_account(upstream, {"max_numbers": A_CALL})
    others = [Api(create_application(name, environment="sandbox")[1]) for name in OTHERS]
    waited, waiting, calls = [], {}, 0
    for turn in range(ROUNDS):
        post(api, numbers(f"138{turn}", BIG), lane)
        for place, other in enumerate(others):
            waiting[post(other, numbers(f"139{turn}{place}", OF_EACH), lane)] = calls
        for _call in range(CALLS_A_ROUND):
            assert submit_next(lane)
            calls += 1
            waited += [calls - waiting.pop(batch) for batch in list(waiting) if handed_over(batch) == OF_EACH]
    assert len(waited) == ROUNDS * len(OTHERS), "all that the others sent is handed over"
    assert max(waited) <= len(OTHERS) + 1, "one call for each application that has something to send"
    of_the_big = Message.objects.filter(mobile__startswith="138")
    assert of_the_big.count() == 7 * Message.objects.filter(mobile__startswith="139").count()
    assert of_the_big.filter(state="queued").count() > of_the_big.count() / 2


@pytest.mark.fault("C5")
@pytest.mark.parametrize("lane", ["notification", "marketing"])
def test_a_one_time_password_goes_by_the_next_call_while_ten_thousand_wait(api, upstream, lane):
    """Every connection that a batch may have is in use; the one kept for one-time passwords is not."""
    change_upstream_account(upstream, {"max_numbers": 500, "max_connections": 3})
    batch = post(api, numbers("138", 10_000), lane)
    assert submit_next(lane)
    assert [bool(claim(lane)) for _call in range(3)] == [True, True, False]
    for n in range(3):
        password = api.send(f"1390000000{n}", category="otp")
        assert submit_next("otp")
        assert api.message(password)["status"] == "submitted"
    assert handed_over(batch) == 500
    assert Chunk.objects.filter(batch_id=batch, state="queued").count() == 17


@pytest.mark.fault("C5")
def test_a_one_time_password_takes_the_only_connection_before_the_batch_goes_on(api, upstream):
    """Nothing can be kept of one connection: it waits for the call under way, and for no other."""
    change_upstream_account(upstream, {"max_numbers": 500, "max_connections": 1})
    batch = post(api, numbers("138", 10_000), "marketing")
    assert submit_next("marketing")
    password = api.send("13900000001", category="otp")
    assert submit_next("otp")
    assert api.message(password)["status"] == "submitted"
    assert handed_over(batch) == 500
