"""What the gateway hands us, and the ways it comes."""

import json
from datetime import datetime, timedelta, timezone

from django.db.models import F

from messaging.models import Attempt, DeliveryReport, Message, UpstreamPayload
from messaging.services import payloads
from tests.simulator.process import eventually

CHINA = timezone(timedelta(hours=8))


def report(mid, mobile="13800000001", stat="DELIVRD", **more):
    """One delivery report, written now unless `time` is given."""
    return {
        "flag": 1,
        "mid": mid,
        "spid": "922011",
        "accessCode": "10690",
        "mobile": mobile,
        "stat": stat,
        "time": f"{datetime.now(CHINA):%Y-%m-%d %H:%M:%S}",
    } | more


def inbound(mid, content, mobile="13800000001", time="2026-11-22 09:00:00"):
    return {
        "flag": 0,
        "mid": mid,
        "spid": "922011",
        "accessCode": "10690",
        "mobile": mobile,
        "content": content,
        "time": time,
    }


def push(upstream, client, *items):
    """Push items and read what was pushed."""
    answer = client.post(upstream.push_path, json.dumps(items), content_type="application/json")
    payloads.read_waiting()
    return answer


def pull_until(upstream, condition, kind=payloads.Kind.REPORT):
    def pulled():
        payloads.pull(upstream.pk, kind)
        return condition()

    return eventually(pulled)


def last_pull():
    return UpstreamPayload.objects.exclude(kind="push").latest("pk")


def grow_older(seconds):
    """Let time pass for calls and reports alike."""
    ago = timedelta(seconds=seconds)
    DeliveryReport.objects.update(received_at=F("received_at") - ago, reported_at=F("reported_at") - ago)
    Attempt.objects.update(called_at=F("called_at") - ago)


def send_and_lose_the_answer(
    api, simulator, submit_all, number="13800000001", fault="drop_after_accept", **more
):
    """The gateway takes a message, and its answer never comes."""
    simulator.script({"fault": fault, "action": "send", "times": 1})
    message_id = api.send(number, **more)
    submit_all()
    message = Message.objects.get(pk=message_id)
    assert message.state == "unknown"
    return message


def of(message):
    """Return a message's state and mid as they are now."""
    message.refresh_from_db()
    return message.state, message.mid
