"""Singles that come thick and fast are claimed together."""

import threading
import time

import pytest

from messaging import tasks
from messaging.models import Attempt
from messaging.pacing import Pace
from smsgateway.celery import app

FAR = 0.3
LANES = ("otp", "notification", "marketing")


def seconds(call):
    began = time.monotonic()
    call()
    return time.monotonic() - began


@pytest.fixture
def pace():
    """Singles were found, and looked for again just now."""
    pace = Pace(spacing=dict.fromkeys(LANES, FAR))
    pace.found("otp", singles=True)
    assert pace.wait("otp")
    return pace


def test_whoever_comes_alone_is_served_at_once():
    assert seconds(lambda: Pace(spacing=dict.fromkeys(LANES, FAR)).wait("otp")) < FAR / 2


def test_after_singles_the_next_look_waits(pace):
    assert FAR / 2 < seconds(lambda: pace.wait("otp")) < 3 * FAR


def test_each_look_waits_for_the_one_before(pace):
    pace.wait("otp")
    assert FAR / 2 < seconds(lambda: pace.wait("otp")) < 3 * FAR


def test_a_second_one_need_not_wait_beside_the_first(pace):
    waiting = threading.Thread(target=pace.wait, args=["otp"])
    waiting.start()
    while not pace._waiting:
        time.sleep(0.001)
    assert not pace.wait("otp")
    waiting.join()
    assert pace.wait("otp")


def test_lanes_do_not_wait_for_each_other(pace):
    assert seconds(lambda: pace.wait("notification")) < FAR / 2


def test_chunks_of_a_batch_are_not_spaced(pace):
    pace.found("otp", singles=False)
    assert seconds(lambda: [pace.wait("otp") for _look in range(3)]) < FAR / 2


def test_a_look_says_who_will_look_again_soon(pace):
    assert pace.resting() == {"otp"}
    time.sleep(1.2 * FAR)
    assert pace.resting() == set()
    pace.found("notification", singles=True)
    assert pace.resting() == {"notification"}


@pytest.mark.django_db
def test_singles_are_left_to_their_own_lane_while_it_rests(api, upstream, simulator, monkeypatch):
    pace = Pace(spacing=dict.fromkeys(LANES, 60.0))
    pace.found("notification", singles=True)
    monkeypatch.setattr(tasks, "_pace", pace)
    api.send(category="notification")
    app.tasks["messaging.submit"]("marketing")
    assert Attempt.objects.count() == 0


@pytest.mark.django_db
def test_singles_that_come_during_the_pause_travel_in_one_call(api, upstream, simulator, monkeypatch):
    class Late:
        """A pace in whose pause more singles come."""

        looks = 0

        def wait(self, lane):
            self.looks += 1
            if self.looks == 2:
                for n in range(5):
                    api.send(f"1390000000{n}", content=f"text {n}")
            return True

        def resting(self):
            return frozenset()

        def found(self, lane, *, singles):
            assert (lane, singles) == ("notification", True)

    monkeypatch.setattr(tasks, "_pace", Late())
    api.send()
    app.tasks["messaging.submit"]("notification")
    assert Attempt.objects.count() == 2


@pytest.mark.django_db
def test_a_batch_is_not_taken_for_singles(api, upstream, simulator, submit_all, monkeypatch):
    found = []

    class Noting(Pace):
        def found(self, lane, *, singles):
            found.append((lane, singles))

    monkeypatch.setattr(tasks, "_pace", Noting(spacing=dict.fromkeys(LANES, 0.0)))
    api.post("batches", {"to": ["13800000001"], "content": "hi", "category": "marketing"})
    api.send(category="notification")
    app.tasks["messaging.submit"]("marketing")
    assert found == [("notification", True), ("marketing", False)]
