"""A real answer that turns up late undoes, visibly, what was inferred without it."""

import pytest

from messaging.inference import correct
from messaging.matching import match_shelf
from messaging.models import DeliveryReport, Message
from messaging.selectors import happenings
from messaging.services import reports
from tests.incoming.items import grow_older, of, push, report, send_and_lose_the_answer

pytestmark = [pytest.mark.django_db, pytest.mark.fault("G8")]

NUMBER = "19900040010"


@pytest.fixture
def inferred(api, upstream, simulator, submit_all, client):
    """A message for which X1 was inferred."""
    lost = send_and_lose_the_answer(api, simulator, submit_all, NUMBER)
    push(upstream, client, report("X1", NUMBER))
    grow_older(60)
    reports.infer_recent()
    assert of(lost) == ("delivered", "X1")
    return lost


@pytest.fixture
def answer(upstream):
    """Do what recording does with an answer's row for a message."""

    def run(message, mid):
        Message.objects.filter(pk=message.pk, state="unknown").update(state="submitted", mid=mid)
        withdrawn = correct(upstream.pk, [(message.pk, message.mobile, mid)])
        match_shelf(upstream.pk, [message.mobile])
        return withdrawn

    return run


def test_the_report_goes_to_the_message_whose_answer_brings_its_mid(
    inferred, answer, api, simulator, submit_all
):
    other = send_and_lose_the_answer(api, simulator, submit_all, NUMBER, content="【Acme】other")
    assert answer(other, "X1") == 1
    assert of(other) == ("delivered", "X1")
    found = DeliveryReport.objects.get()
    assert (found.message_id, found.inferred) == (other.pk, False)


def test_the_message_that_loses_it_says_so(inferred, answer, api, simulator, submit_all):
    other = send_and_lose_the_answer(api, simulator, submit_all, NUMBER, content="【Acme】other")
    answer(other, "X1")
    assert of(inferred) == ("delivered", None)
    assert not inferred.certain
    assert [h.detail for h in happenings(inferred)][-2:] == ["inferred", "inference_withdrawn"]


def test_another_mid_for_the_message_itself_undoes_it(inferred, answer):
    assert answer(inferred, "REAL") == 1
    assert of(inferred) == ("delivered", "REAL")
    assert not inferred.certain
    found = DeliveryReport.objects.get()
    assert (found.mid, found.message_id, found.inferred) == ("X1", None, False)


def test_the_same_mid_for_the_message_itself_makes_it_a_fact(inferred, answer):
    assert answer(inferred, "X1") == 0
    found = DeliveryReport.objects.get()
    assert (found.message_id, found.inferred) == (inferred.pk, False)
    assert inferred.certain


def test_a_matched_report_is_never_taken_away(
    submitted, answer, upstream, client, api, simulator, submit_all
):
    push(upstream, client, report(submitted.mid, NUMBER))
    other = send_and_lose_the_answer(api, simulator, submit_all, NUMBER)
    assert answer(other, submitted.mid) == 0
    assert DeliveryReport.objects.get().message_id == submitted.pk


def test_a_message_that_lost_its_mid_stays_a_candidate(
    inferred, answer, api, simulator, submit_all, upstream, client
):
    other = send_and_lose_the_answer(api, simulator, submit_all, NUMBER, content="【Acme】other")
    answer(other, "X1")
    third = send_and_lose_the_answer(api, simulator, submit_all, NUMBER, content="【Acme】third")
    push(upstream, client, report("X2", NUMBER))
    grow_older(60)
    assert reports.infer_recent() == 0
    assert of(third)[0] == "unknown"
