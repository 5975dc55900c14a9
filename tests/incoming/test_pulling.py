"""Pulling: one at a time for an account, in turns, and by the side of pushes."""

import json

import pytest

from messaging import tasks
from messaging.leases import lease
from messaging.models import DeliveryReport, Event, UpstreamPayload
from messaging.services import payloads
from messaging.services.payloads import pausing, pulling
from tests.incoming.items import push

pytestmark = pytest.mark.django_db


def pull(upstream):
    return payloads.pull(upstream.pk, payloads.Kind.REPORT)


@pytest.mark.fault("G17")
def test_a_second_puller_leaves(upstream, simulator):
    with lease(pausing.lease_name(upstream.pk, "report"), seconds=60) as ours:
        assert ours
        assert pull(upstream) == 0
    assert "report" not in simulator.summary()["calls"]
    assert not UpstreamPayload.objects.exists()


@pytest.mark.fault("G18")
def test_a_page_that_is_always_full_ends_the_turn_and_loses_nothing(
    upstream, simulator, settings, monkeypatch
):
    settings.FETCH_PAGE_SIZE = 10
    monkeypatch.setattr(pulling, "PAGES_AT_A_TIME", 3)
    for n in range(45):
        simulator.queue_report(f"M{n}", "13900000000", "DELIVRD")
    assert [pull(upstream), pull(upstream), pull(upstream)] == [30, 15, 0]
    assert DeliveryReport.objects.count() == 45


@pytest.fixture
def rung(monkeypatch):
    rings = []
    monkeypatch.setattr(tasks, "ring", lambda *what: rings.append(what))
    return rings


def test_a_turn_that_ends_on_a_full_page_is_passed_on(upstream, simulator, settings, monkeypatch, rung):
    settings.FETCH_PAGE_SIZE = 10
    monkeypatch.setattr(pulling, "PAGES_AT_A_TIME", 2)
    for n in range(25):
        simulator.queue_report(f"M{n}", "13900000000", "DELIVRD")
    tasks.pull_reports(upstream.pk)
    assert rung == [("pull_reports", upstream.pk)]
    tasks.pull_reports(upstream.pk)
    assert rung == [("pull_reports", upstream.pk)]
    assert DeliveryReport.objects.count() == 25


def test_a_gateway_that_hands_out_less_than_it_is_asked_for_is_asked_again(upstream, simulator, monkeypatch):
    monkeypatch.setattr(pulling, "WORTH_ANOTHER", 10)
    monkeypatch.setattr(pulling, "_call", lambda client, _kind: client.fetch_reports(10))
    for n in range(25):
        simulator.queue_report(f"M{n}", "13900000000", "DELIVRD")
    assert pull(upstream) == 25


def test_no_more_is_asked_for_than_the_document_allows(settings):
    settings.FETCH_PAGE_SIZE = 10_000
    assert pulling.page_size(payloads.Kind.REPORT) == 10_000
    assert pulling.page_size(payloads.Kind.MO) == 1_000


@pytest.mark.fault("G10")
def test_the_same_report_pulled_and_pushed_is_one_event(submitted, upstream, simulator, client):
    simulator.queue_report(submitted.mid, submitted.mobile, "DELIVRD")
    assert pull(upstream) == 1
    item = json.loads(bytes(UpstreamPayload.objects.get().body))["list"][0]
    assert push(upstream, client, item).content == b"OK"
    assert DeliveryReport.objects.count() == 1
    assert Event.objects.filter(kind="reported").count() == 1


@pytest.mark.fault("G28")
def test_a_push_that_comes_again_is_one_event(submitted, upstream, client):
    item = {"flag": 1, "mid": submitted.mid, "mobile": submitted.mobile, "stat": "DELIVRD", "time": "x"}
    for _time in range(2):
        assert push(upstream, client, item).content == b"OK"
    assert UpstreamPayload.objects.filter(state="read").count() == 2
    assert Event.objects.filter(kind="reported").count() == 1
