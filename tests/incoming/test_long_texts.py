"""A long text that comes back with several mids: delivered when all its parts are."""

import pytest

from messaging.matching import attach_extra_mids
from messaging.models import DeliveryReport, ExtraMid
from messaging.services import reports
from tests.incoming.items import of, push, report

pytestmark = [pytest.mark.django_db, pytest.mark.fault("E24")]


@pytest.fixture
def split(submitted):
    """A message with the mids M, M2 and M3."""
    rows = [(submitted.pk, submitted.mobile, mid) for mid in ("M2", "M3", "M2")]
    attach_extra_mids(submitted.upstream_account_id, rows)
    assert ExtraMid.objects.count() == 2
    return submitted


@pytest.fixture
def say(split, upstream, client):
    """Let a report of a part come and return the message's state."""

    def run(mid, stat="DELIVRD"):
        push(upstream, client, report(mid or split.mid, split.mobile, stat))
        return of(split)[0]

    return run


def test_it_is_delivered_when_all_parts_are(say):
    assert [say("M2"), say(""), say("M3")] == ["submitted", "submitted", "delivered"]


def test_parts_in_one_page_count_together(split, upstream, client):
    push(upstream, client, *(report(mid, split.mobile) for mid in (split.mid, "M2", "M3")))
    assert of(split)[0] == "delivered"


def test_it_is_undelivered_when_any_part_failed(say, split):
    assert [say("M2", "MA:0029"), say(""), say("M3")] == ["undelivered"] * 3
    assert split.code == "MA:0029"


def test_a_part_that_arrives_after_all_corrects_it(say):
    say("M2", "MO:0254")
    say("")
    say("M3")
    assert say("M2") == "delivered"


def test_a_part_reported_early_waits_on_the_shelf(submitted, upstream, client):
    push(upstream, client, report("M2", submitted.mobile), report(submitted.mid, submitted.mobile, "ACCEPTD"))
    attach_extra_mids(upstream.pk, [(submitted.pk, submitted.mobile, "M2")])
    assert reports.match_shelved() == 0
    assert DeliveryReport.objects.filter(message_id=submitted.pk).count() == 2
    push(upstream, client, report(submitted.mid, submitted.mobile))
    assert of(submitted)[0] == "delivered"


def test_the_second_mid_of_an_answer_is_recorded_and_matched(api, upstream, simulator, submit_all, client):
    simulator.script({"fault": "split_rows", "action": "send"})
    message_id = api.send("19900040010")
    submit_all()
    part = ExtraMid.objects.get()
    assert str(part.message_id) == message_id
    push(upstream, client, report(part.mid, part.mobile), report(part.mid.removesuffix("F"), part.mobile))
    assert api.message(message_id)["status"] == "delivered"


def test_a_part_of_another_number_or_account_is_not_matched(say, split, upstream, other_account, client):
    push(upstream, client, report("M2", "13900000000"))
    push(other_account, client, report("M2", split.mobile))
    assert DeliveryReport.objects.filter(message_id__isnull=False).count() == 0
