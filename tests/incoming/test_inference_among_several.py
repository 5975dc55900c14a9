"""Several messages to one number whose answers were lost: what can't be otherwise is inferred, nothing is guessed."""

import pytest

from accounts.models import Application, ExtnoLease
from messaging.models import DeliveryReport, Message
from messaging.services import reports
from tests.incoming.items import grow_older, of, push, report, send_and_lose_the_answer

pytestmark = [pytest.mark.django_db, pytest.mark.fault("G9")]

NUMBER = "19900040010"


@pytest.fixture
def lose(api, upstream, simulator, submit_all):
    def run(content="【Acme】4711", **more):
        return send_and_lose_the_answer(api, simulator, submit_all, NUMBER, content=content, **more)

    return run


@pytest.fixture
def leases(api, upstream):
    shop = Application.objects.get()
    for extno in ("1069001", "1069002"):
        ExtnoLease.objects.create(upstream_account=upstream, extno=extno, application=shop)


@pytest.fixture
def infer(upstream, client):
    """Let reports come, wait, and return the states that follow, and which mids need review."""

    def run(*items):
        push(upstream, client, *items)
        grow_older(60)
        reports.infer_recent()
        review = (
            DeliveryReport.objects.filter(needs_review=True).order_by("mid").values_list("mid", flat=True)
        )
        return list(Message.objects.order_by("id").values_list("state", flat=True)), list(review)

    return run


def test_one_report_for_two_is_no_ones(lose, infer):
    lose()
    lose()
    assert infer(report("X1", NUMBER)) == (["unknown", "unknown"], ["X1"])


def test_as_many_mids_as_messages_of_one_text_resolve_them_all(lose, infer):
    lose()
    lose()
    assert infer(report("X1", NUMBER), report("X2", NUMBER)) == (["delivered", "delivered"], [])
    assert set(Message.objects.values_list("mid", flat=True)) == {"X1", "X2"}
    assert DeliveryReport.objects.filter(inferred=True).count() == 2


def test_a_report_that_comes_later_resolves_what_needed_review(lose, infer):
    lose()
    lose()
    infer(report("X1", NUMBER))
    assert infer(report("X2", NUMBER)) == (["delivered", "delivered"], [])


def test_reports_that_disagree_resolve_nothing(lose, infer):
    lose()
    lose()
    found = infer(report("X1", NUMBER), report("X2", NUMBER, "MA:0029"))
    assert found == (["unknown", "unknown"], ["X1", "X2"])


def test_two_texts_resolve_nothing(lose, infer):
    lose("【Acme】one")
    lose("【Acme】two")
    assert infer(report("X1", NUMBER), report("X2", NUMBER)) == (["unknown", "unknown"], ["X1", "X2"])


def test_more_mids_than_messages_resolve_nothing(lose, infer):
    lose()
    assert infer(report("X1", NUMBER), report("X2", NUMBER)) == (["unknown"], ["X1", "X2"])


@pytest.mark.usefixtures("leases")
def test_the_extno_tells_two_apart(lose, infer):
    lose(extno="1069001")
    lose(extno="1069002")
    first = report("X1", NUMBER, "MA:0029", accessCode="1069001")
    second = report("X2", NUMBER, accessCode="1069002")
    assert infer(first, second) == (["undelivered", "delivered"], [])


@pytest.mark.usefixtures("leases")
def test_what_is_left_when_one_is_sure_is_sure_too(lose, infer):
    first = lose(extno="1069001")
    second = lose("【Acme】another", extno="1069002")
    both, one = report("X1", NUMBER, accessCode=""), report("X2", NUMBER, accessCode="1069001")
    assert infer(both, one) == (["delivered", "delivered"], [])
    assert (of(first)[1], of(second)[1]) == ("X2", "X1")
