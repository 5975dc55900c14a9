"""A report for an answer that was lost resolves its message, when there is exactly one it can belong to."""

from datetime import timedelta

import pytest

from messaging.models import Attempt, Chunk, DeliveryReport, ExtraMid, Message
from messaging.selectors import happenings
from messaging.services import reports
from messaging.services.submission import claim, submit_claimed
from tests.incoming.items import grow_older, of, pull_until, push, report, send_and_lose_the_answer

pytestmark = [pytest.mark.django_db, pytest.mark.fault("G8")]

MINUTE = timedelta(minutes=1)
WAITED = 60
NUMBER = "19900040010"  # the simulator makes no report of its own


@pytest.fixture
def lose(api, upstream, simulator, submit_all):
    """Send to a number and lose the answer."""

    def run(number=NUMBER, **more):
        return send_and_lose_the_answer(api, simulator, submit_all, number, **more)

    return run


@pytest.fixture
def arrive(upstream, client):
    """Let reports come, and wait long enough."""

    def run(*items):
        push(upstream, client, *items)
        grow_older(WAITED)

    return run


def test_the_gateway_took_it_and_its_report_says_so(api, upstream, simulator, submit_all):
    lost = send_and_lose_the_answer(api, simulator, submit_all)
    pull_until(upstream, DeliveryReport.objects.exists)
    assert reports.match_shelved() == 0
    grow_older(WAITED)
    assert reports.infer_recent() == 1
    assert of(lost) == ("delivered", simulator.ledger()[0]["mid"])
    assert DeliveryReport.objects.get().inferred
    last = happenings(lost)[-1]
    assert (last.status, last.detail, last.mid) == ("delivered", "inferred", lost.mid)


def test_a_failure_is_inferred_too(lose, arrive):
    lost = lose()
    arrive(report("X1", NUMBER, "MA:0029"))
    reports.infer_recent()
    assert of(lost) == ("undelivered", "X1")


def test_the_next_report_of_that_mid_is_matched_as_usual(lose, arrive, upstream, client):
    lost = lose()
    arrive(report("X1", NUMBER, "MA:0029"), report("X1", NUMBER, "ACCEPTD"))
    reports.infer_recent()
    push(upstream, client, report("X1", NUMBER))
    assert of(lost)[0] == "delivered"


def test_an_unresolved_message_is_resolved(lose, arrive):
    lost = lose()
    Message.objects.update(state="unresolved")
    arrive(report("X1", NUMBER))
    reports.infer_recent()
    assert of(lost) == ("delivered", "X1")


def test_the_answer_may_still_come_for_some_seconds(lose, upstream, client, settings):
    lost = lose()
    push(upstream, client, report("X1", NUMBER))
    grow_older(settings.UPSTREAM_DEADLINE_SECONDS + 9)
    assert reports.infer_recent() == 0
    grow_older(2)
    assert reports.infer_recent() == 1
    assert of(lost)[1] == "X1"


def test_a_second_report_starts_the_wait_anew(lose, arrive, upstream, client):
    lose()
    lose()
    arrive(report("X1", NUMBER))
    push(upstream, client, report("X2", NUMBER))
    assert reports.infer_recent() == 0
    grow_older(WAITED)
    assert reports.infer_recent() == 2


@pytest.mark.parametrize("state", ["prepared", "in_flight"])
def test_nothing_is_inferred_while_the_number_is_being_sent_to(lose, arrive, api, state):
    lost = lose()
    arrive(report("X1", NUMBER))
    api.send(NUMBER)
    claimed = claim("notification")
    live = Attempt.objects.filter(pk=claimed.attempt_id)
    live.update(state=state)
    assert reports.infer_recent() == 0
    live.update(state="prepared")
    submit_claimed(claimed)
    assert reports.infer_recent() == 1
    assert of(lost)[1] == "X1"


def test_nothing_is_inferred_while_a_refused_call_waits_for_stray_reports(
    lose, arrive, api, simulator, submit_all
):
    lost = lose()
    arrive(report("X1", NUMBER))
    simulator.script({"fault": "status", "status": 100, "action": "send", "times": 1})
    api.send(NUMBER)
    submit_all()
    assert Chunk.objects.filter(suspect=True).exists()
    assert reports.infer_recent() == 0
    Chunk.objects.update(suspect=False)
    assert reports.infer_recent() == 1
    assert of(lost)[1] == "X1"


def test_a_report_that_came_before_the_call_is_not_about_it(lose, upstream, client):
    push(upstream, client, report("X1", NUMBER))
    grow_older(1)
    lost = lose()
    grow_older(WAITED)
    assert reports.infer_recent() == 0
    assert of(lost)[0] == "unknown"


@pytest.mark.parametrize(("minutes", "inferred"), [(4, 1), (6, 0)])
def test_a_report_written_long_before_the_call_is_not_about_it(lose, arrive, minutes, inferred):
    lose()
    arrive(report("X1", NUMBER))
    Attempt.objects.update(called_at=DeliveryReport.objects.get().reported_at)
    DeliveryReport.objects.update(reported_at=DeliveryReport.objects.get().reported_at - minutes * MINUTE)
    assert reports.infer_recent() == inferred


@pytest.mark.parametrize(
    ("access_code", "inferred"), [("10690", 1), ("1069012", 1), ("106", 1), ("", 1), ("10691", 0)]
)
def test_the_extno_must_fit(lose, arrive, access_code, inferred):
    lose()
    arrive(report("X1", NUMBER, accessCode=access_code))
    assert reports.infer_recent() == inferred


def test_another_number_is_not_inferred(lose, arrive):
    lose()
    arrive(report("X1", "13900000000"))
    assert reports.infer_recent() == 0


def test_another_account_is_not_inferred(lose, other_account, client):
    lose()
    push(other_account, client, report("X1", NUMBER))
    grow_older(WAITED)
    assert reports.infer_recent() == 0


def test_a_report_on_the_way_infers_nothing(lose, arrive):
    lose()
    arrive(report("X1", NUMBER, "ACCEPTD"))
    assert reports.infer_recent() == 0
    assert DeliveryReport.objects.get().message_id is None


def test_a_mid_of_a_message_to_another_number_is_not_adopted(submitted, lose, arrive):
    lost = lose("13900000000")
    arrive(report(submitted.mid, "13900000000"))
    assert reports.infer_recent() == 0
    assert of(lost) == ("unknown", None)


def test_another_part_of_a_long_text_is_not_adopted(submitted, lose, arrive):
    """The shelf is looked at first, but a run of inference may come before it."""
    lose()
    arrive(report("PART2", NUMBER))
    ExtraMid.objects.create(
        upstream_account_id=submitted.upstream_account_id, mid="PART2", mobile=NUMBER, message_id=submitted.pk
    )
    assert reports.infer_recent() == 0


def test_one_run_at_a_time_decides_for_an_account(lose, arrive, upstream):
    lose()
    arrive(report("X1", NUMBER))
    with reports.lease(f"infer {upstream.pk}", seconds=60):
        assert reports.infer_recent() == 0


def test_an_old_report_is_weighed_once_an_hour(lose, arrive):
    lose()
    arrive(report("X1", NUMBER))
    grow_older(3 * 3600)
    assert reports.infer_recent() == 0
    assert reports.match_old() == 1
