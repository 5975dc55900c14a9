"""Codes that stand in no table: with the most care at first, then as staff classified them. History stays."""

import pytest

from accounts.services import create_upstream_account
from messaging.models import Attempt, CodeRule, Hold, Message
from tests.incoming.test_reports import pushed, report

pytestmark = pytest.mark.django_db

Treat = CodeRule.Treat


def status(simulator, code):
    simulator.script({"fault": "status", "status": code, "action": "send"})


def result(simulator, code):
    simulator.script({"fault": "rows_with", "fields": {"result": code, "mid": ""}, "action": "send"})


def rule(table, code, treat_as, account=None):
    CodeRule.objects.create(code_table=table, code=str(code), treat_as=treat_as, upstream_account=account)


def test_a_status_classified_as_refused_is_refused_at_the_next_call_and_history_stays(
    api, upstream, simulator, submit_all
):
    status(simulator, 901)
    before = api.send()
    submit_all()
    rule("STATUS", 901, Treat.REFUSED)
    after = api.send()
    submit_all()
    assert [api.message(pk)["status"] for pk in (before, after)] == ["unknown", "rejected"]
    assert api.message(after)["code"]["code"] == "901"
    assert api.message(after)["certain"]
    assert Attempt.objects.latest("prepared_at").state == "answered"


def test_a_status_classified_as_the_accounts_fault_holds_it(api, upstream, simulator, submit_all):
    rule("STATUS", 902, Treat.ACCOUNT_TROUBLE)
    status(simulator, 902)
    message = api.send()
    submit_all()
    assert api.message(message)["held_because"]["cause"] == "refused_login"
    hold = Hold.objects.get()
    assert (hold.cause, hold.code, hold.upstream_account) == ("refused_login", "902", upstream)


def test_a_status_classified_as_too_fast_slows_down_and_sends_again(api, upstream, simulator, submit_all):
    rule("STATUS", 903, Treat.THROTTLED)
    status(simulator, 903)
    message = api.send()
    submit_all()
    upstream.refresh_from_db()
    assert api.message(message)["status"] == "queued"
    assert upstream.throttled_to


def test_a_rule_of_one_account_goes_before_that_of_all_and_leaves_others_alone(
    api, upstream, simulator, submit_all
):
    other = create_upstream_account(
        name="other",
        environment="sandbox",
        base_url=simulator.url,
        account="922012",
        password="x",
        extno="10691",
    )
    rule("STATUS", 904, Treat.REFUSED, other)
    rule("STATUS", 905, Treat.AMBIGUOUS)
    rule("STATUS", 905, Treat.REFUSED, upstream)
    for code, expected in ((904, "unknown"), (905, "rejected")):
        status(simulator, code)
        message = api.send()
        submit_all()
        assert api.message(message)["status"] == expected


def test_a_result_is_a_refusal_until_it_is_classified_as_ambiguous(api, upstream, simulator, submit_all):
    result(simulator, 906)
    before = api.send()
    submit_all()
    rule("RESULT", 906, Treat.AMBIGUOUS)
    after = api.send()
    submit_all()
    assert [api.message(pk)["status"] for pk in (before, after)] == ["rejected", "unknown"]
    assert api.message(after)["code"]["code"] == "906"
    assert submit_all() == 0


def test_a_code_of_the_dictionary_can_not_be_classified_away(api, upstream, simulator, submit_all):
    rule("STATUS", 17, Treat.AMBIGUOUS)
    status(simulator, 17)
    message = api.send()
    submit_all()
    assert api.message(message)["status"] == "rejected"


@pytest.mark.parametrize(
    ("treat_as", "expected"),
    [
        (Treat.FAILED, ("undelivered", True)),
        (Treat.FAILED_UNCERTAIN, ("undelivered", False)),
        (Treat.INTERMEDIATE, ("submitted", True)),
        (Treat.DELIVERED, ("delivered", True)),
    ],
)
def test_a_report_obeys_what_its_stat_was_classified_as(
    api, upstream, submit_all, client, treat_as, expected
):
    stat = f"NEW:{treat_as}"
    rule("STAT", stat, treat_as)
    message = api.send("19900040010")
    submit_all()
    sent = Message.objects.get()
    pushed(upstream, client, report(sent.mid, sent.mobile, stat))
    found = api.message(message)
    assert (found["status"], found["certain"]) == expected
