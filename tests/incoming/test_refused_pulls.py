"""A pull that is refused, or answered by somebody else: journaled, and not asked again at once."""

import pytest
from django.db.models.functions import Now

from messaging.models import Alarm, DeliveryReport, JobLease, UpstreamPayload
from messaging.services import payloads
from messaging.services.payloads import pausing
from tests.incoming.items import last_pull

pytestmark = [pytest.mark.django_db, pytest.mark.fault("G19")]

REFUSALS = {
    "status 21": ({"fault": "status", "status": 21}, "read", "STATUS 21"),
    "status 3": ({"fault": "status", "status": 3}, "read", "STATUS 3"),
    "http 502": ({"fault": "http", "status": 502}, "maybe_lost", "http_502"),
    "http 404": ({"fault": "http", "status": 404}, "failed", "http_404"),
    "html": ({"fault": "html"}, "maybe_lost", "XML of another kind"),
    "dropped": ({"fault": "drop_before"}, "maybe_lost", "connection_closed"),
}


def pull(upstream, kind=payloads.Kind.REPORT):
    return payloads.pull(upstream.pk, kind)


def calls(simulator):
    return simulator.summary()["calls"].get("report", 0)


@pytest.fixture(params=REFUSALS.values(), ids=REFUSALS)
def refusal(request):
    return request.param


def test_the_answer_is_journaled(upstream, simulator, refusal):
    fault, state, error = refusal
    simulator.script({**fault, "action": "report"})
    pull(upstream)
    payload = last_pull()
    assert (payload.state, payload.error) == (state, error)
    assert payload.body or error == "connection_closed"


def test_the_next_pull_waits(upstream, simulator, refusal):
    simulator.script({**refusal[0], "action": "report", "times": 1})
    pull(upstream)
    pull(upstream)
    assert UpstreamPayload.objects.count() == 1
    JobLease.objects.update(until=Now())
    pull(upstream)
    assert UpstreamPayload.objects.count() == 2


def test_the_other_kind_does_not_wait(upstream, simulator):
    simulator.script({"fault": "status", "status": 21, "action": "report"})
    pull(upstream)
    pull(upstream, payloads.Kind.MO)
    assert simulator.summary()["calls"]["mo"] == 1


def test_the_pause_grows_to_a_minute(upstream, simulator):
    simulator.script({"fault": "status", "status": 21, "action": "report"})
    pauses = []
    for _time in range(5):
        pull(upstream)
        lease = JobLease.objects.annotate(now=Now()).get()
        pauses.append(round((lease.until - lease.now).total_seconds()))
        JobLease.objects.update(until=Now())
    assert pauses == [10, 20, 40, 60, 60]


def test_the_third_in_a_row_sounds_an_alarm_and_a_page_ends_it(upstream, simulator):
    simulator.script({"fault": "status", "status": 3, "action": "report", "times": 3})
    for _time in range(3):
        assert not Alarm.objects.exists()
        pull(upstream)
        JobLease.objects.update(until=Now())
    assert Alarm.objects.get(ended_at=None).name == "pull_refused"
    pull(upstream)
    assert not Alarm.objects.filter(ended_at=None).exists()


def test_a_lost_page_sounds_an_alarm(upstream, simulator):
    simulator.queue_report("M1", "13900000000", "DELIVRD")
    simulator.script({"fault": "html", "action": "report"})
    pull(upstream)
    assert Alarm.objects.get().name == "fetch_maybe_lost"


def test_items_in_a_page_with_a_bad_http_status_are_applied(upstream, simulator):
    body = '{"status":"0","list":[{"flag":1,"mid":"M1","mobile":"13900000000","stat":"DELIVRD","time":""}]}'
    simulator.script({"fault": "replace", "status": 500, "body": body, "action": "report"})
    pull(upstream)
    assert DeliveryReport.objects.get().mid == "M1"
    assert pausing.lease_name(upstream.pk, "report") in JobLease.objects.values_list("name", flat=True)
