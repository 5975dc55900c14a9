"""Three lanes share an account's connections; within each, applications take turns."""

import pytest

from accounts.services import change_upstream_account, create_application
from messaging import connections
from messaging.models import Attempt, Chunk, QueuedSingle
from messaging.services.submission import claim
from tests.conftest import Api

pytestmark = pytest.mark.django_db

LANES = ["otp", "notification", "marketing"]


@pytest.fixture
def bounded(upstream, settings):
    """Let the account carry so many calls at once, of one message each, with a share kept for one-time passwords."""

    def limit(most, share=0.2):
        settings.OTP_CONNECTION_SHARE = share
        change_upstream_account(upstream, {"max_connections": most, "max_numbers": 1})

    return limit


def backlog(api, lane, count, prefix="138"):
    to = [f"{prefix}{n:08d}" for n in range(count)]
    assert api.post("batches", {"to": to, "content": "hi", "category": lane}).status_code == 202


def claimed(lane, times):
    return [bool(claim(lane)) for _time in range(times)]


@pytest.mark.parametrize("lane", ["notification", "marketing"])
@pytest.mark.parametrize(
    ("most", "share", "others"), [(5, 0.2, 4), (10, 0.35, 7), (2, 0.2, 1), (3, 1, 1), (2, 0, 2), (1, 0.2, 1)]
)
def test_other_lanes_leave_one_time_passwords_their_share(api, bounded, lane, most, share, others):
    """At least one connection where there are two; of a single one nothing can be kept."""
    bounded(most, share)
    backlog(api, lane, most + 1)
    assert claimed(lane, most + 1) == [True] * others + [False] * (most + 1 - others)


@pytest.mark.parametrize(("others", "own"), [(4, 1), (2, 3), (0, 5)])
def test_one_time_passwords_take_what_is_kept_and_what_is_free(api, bounded, others, own):
    bounded(5)
    backlog(api, "marketing", 5)
    backlog(api, "otp", 6, prefix="139")
    assert claimed("marketing", others) == [True] * others
    assert claimed("otp", own + 1) == [True] * own + [False]


def test_what_one_time_passwords_use_of_their_share_is_not_free_for_others(api, bounded):
    bounded(3)
    backlog(api, "otp", 3)
    backlog(api, "marketing", 3, prefix="139")
    assert claimed("otp", 2) == [True, True]
    assert claimed("marketing", 2) == [True, False]


def test_a_throttled_account_keeps_its_share_of_what_is_left(api, bounded, upstream):
    bounded(8)
    connections.shrink(upstream.pk)
    backlog(api, "marketing", 5)
    assert claimed("marketing", 4) == [True, True, True, False]


def test_free_connections_are_told_without_the_kept_ones(api, bounded, upstream):
    bounded(3)
    backlog(api, "marketing", 2)
    assert connections.free_by_account() == [(upstream.name, 2)]
    assert claimed("marketing", 2) == [True, True]
    assert connections.free_by_account() == [(upstream.name, 0)]


def test_a_connection_that_becomes_free_goes_to_a_notification_first(api, bounded):
    bounded(2)
    backlog(api, "marketing", 3)
    assert claimed("marketing", 2) == [True, False]
    backlog(api, "notification", 1, prefix="139")
    Attempt.objects.update(state="answered")
    assert claimed("marketing", 1) == [True]
    assert Attempt.objects.get(state="prepared").category == "notification"


def test_a_notification_worker_leaves_marketing_alone(api, upstream):
    backlog(api, "marketing", 1)
    assert claim("notification") is None


@pytest.mark.parametrize("lane", ["notification", "marketing"])
@pytest.mark.parametrize("as_single", [True, False])
def test_a_one_time_password_that_has_waited_a_second_is_anybodys(api, upstream, lane, as_single):
    """Its own workers may be dead, or the only connection may have been somebody else's when they came."""
    if as_single:
        api.send(category="otp")
    else:
        backlog(api, "otp", 1)
    assert claim(lane) is None
    for waiting in (QueuedSingle, Chunk):
        waiting.objects.update(due_at="2020-01-01T00:00:00Z")
    assert claim(lane).members[0].mobile.startswith("138")
    assert Attempt.objects.get().category == "otp"


@pytest.mark.parametrize("lane", LANES)
@pytest.mark.parametrize("later", ["batch", "singles"])
def test_a_deep_backlog_of_one_application_delays_another_by_one_call(api, bounded, lane, later):
    bounded(50, share=0)
    backlog(api, lane, 30)
    assert claimed(lane, 5) == [True] * 5
    other = Api(create_application("other", environment="sandbox")[1])
    if later == "batch":
        backlog(other, lane, 5, prefix="139")
    else:
        for n in range(5):
            other.send(f"1390000000{n}", category=lane)
    Attempt.objects.update(state="answered")
    turns = []
    for _call in range(6):
        taken = claim(lane)
        turns.append(taken.members[0].mobile[:3])
        Attempt.objects.filter(pk=taken.attempt_id).update(state="answered")
    assert turns == ["139", "138"] * 3 if later == "batch" else turns[0] == "139"


@pytest.mark.parametrize("lane", LANES)
def test_who_has_more_under_way_waits_for_who_has_less(api, bounded, lane):
    bounded(50, share=0)
    backlog(api, lane, 30)
    assert claimed(lane, 10) == [True] * 10
    other = Api(create_application("other", environment="sandbox")[1])
    backlog(other, lane, 30, prefix="139")
    assert {claim(lane).members[0].mobile[:3] for _call in range(10)} == {"139"}
    assert {claim(lane).members[0].mobile[:3] for _call in range(2)} == {"138", "139"}
