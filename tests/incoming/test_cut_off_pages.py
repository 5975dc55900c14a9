"""A page of which only the beginning came: what is whole in it is applied."""

import pytest

from messaging.models import Alarm, DeliveryReport
from messaging.services import payloads
from tests.incoming.items import last_pull

pytestmark = pytest.mark.django_db


def queue(simulator, count):
    for n in range(count):
        simulator.queue_report(f"M{n}", "13900000000", "DELIVRD")


@pytest.mark.fault("G4")
def test_whole_items_are_applied_and_an_alarm_sounds(upstream, simulator):
    queue(simulator, 3)
    simulator.script({"fault": "truncate", "action": "report", "times": 1})
    payloads.pull(upstream.pk, payloads.Kind.REPORT)
    payload = last_pull()
    assert (payload.state, payload.truncated) == ("read", True)
    assert 0 < DeliveryReport.objects.count() < 3
    assert payload.reports == DeliveryReport.objects.count()
    assert Alarm.objects.get().name == "page_cut_short"


@pytest.mark.fault("G4")
@pytest.mark.parametrize("cut", range(0, 260, 7))
def test_a_cut_anywhere_is_applied_or_noted(upstream, simulator, cut):
    queue(simulator, 2)
    simulator.script({"fault": "truncate", "action": "report", "times": 1, "bytes": cut})
    payloads.pull(upstream.pk, payloads.Kind.REPORT)
    payload = last_pull()
    assert payload.truncated or payload.state in {"maybe_lost", "unreadable"}
    assert payload.reports == DeliveryReport.objects.count()
    assert Alarm.objects.filter(
        name__in=("page_cut_short", "fetch_maybe_lost", "payload_unreadable")
    ).exists()


@pytest.mark.fault("G4")
def test_a_page_that_ends_as_it_should_sounds_nothing(upstream, simulator):
    queue(simulator, 2)
    payloads.pull(upstream.pk, payloads.Kind.REPORT)
    assert not last_pull().truncated
    assert not Alarm.objects.exists()
