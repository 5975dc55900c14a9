"""Messages from handsets find their application."""

import pytest

from accounts.models import ExtnoLease
from accounts.services import create_application
from messaging.models import InboundMessage
from messaging.services import payloads
from tests.conftest import Api
from tests.simulator.process import eventually

pytestmark = pytest.mark.django_db


def pull(account, count=1):
    def arrived():
        payloads.pull(account.pk, payloads.Kind.MO)
        return InboundMessage.objects.count() >= count

    eventually(arrived)


def test_a_reply_goes_to_who_wrote_last_to_that_number(api, upstream, simulator, submit_all):
    message_id = api.send("13800000001")
    submit_all()
    simulator.queue_mo("13800000001", "好的 👍")
    pull(upstream)
    reply = api.get("inbound").json()["results"][0]
    assert reply.pop("id")
    assert reply.pop("received_at")
    assert reply.pop("sent_at").endswith("Z")
    assert reply == {"from": "13800000001", "to": "10690", "content": "好的 👍", "in_reply_to": message_id}


def test_the_longest_leased_extno_decides(api, upstream, simulator):
    other, key = create_application("other", environment="sandbox")
    shop = create_application("third", environment="sandbox")[0]
    ExtnoLease.objects.create(upstream_account=upstream, extno="10690", application=shop)
    ExtnoLease.objects.create(upstream_account=upstream, extno="1069012", application=other)
    simulator.queue_mo("13800000001", "hello", access_code="106901234")
    pull(upstream)
    assert [row["content"] for row in Api(key).get("inbound").json()["results"]] == ["hello"]
    assert api.get("inbound").json()["results"] == []


def test_what_belongs_to_nobody_is_kept(api, upstream, simulator):
    simulator.queue_mo("13800000001", "hello")
    pull(upstream)
    assert InboundMessage.objects.get().application is None


def test_next_stays_when_there_is_no_more(api, upstream, simulator, submit_all):
    api.send("13800000001")
    submit_all()
    for text in ("one", "two", "three"):
        simulator.queue_mo("13800000001", text)
    pull(upstream, 3)
    first = api.get("inbound?limit=2").json()
    second = api.get(f"inbound?after={first['next']}").json()
    third = api.get(f"inbound?after={second['next']}").json()
    assert [row["content"] for row in first["results"] + second["results"]] == ["one", "two", "three"]
    assert (third["results"], third["next"]) == ([], second["next"])
    assert len(api.get("inbound?mobile=13800000001").json()["results"]) == 3


def test_pulling_mo_never_eats_reports(api, upstream, simulator, submit_all):
    api.send("13800000001")
    submit_all()
    for _time in range(3):
        payloads.pull(upstream.pk, payloads.Kind.MO)
    assert "report" not in simulator.summary()["calls"]
