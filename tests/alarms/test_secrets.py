"""No text, number or password is ever posted or logged with an alarm."""

import json
from datetime import timedelta

import pytest
from django.db.models.functions import Now

from accounts.services import change_upstream_account
from messaging.models import Attempt, QueuedSingle, UpstreamPayload
from messaging.services import alarms, payloads

pytestmark = pytest.mark.django_db
CANARIES = ("13812345678", "canary-text", "canary-password")


@pytest.mark.parametrize("form", ["generic", "wecom", "dingtalk"])
def test_no_canary_is_told(
    api, upstream, simulator, submit_all, webhook, client, settings, capsys, caplog, form
):
    settings.ALERT_WEBHOOK_FORM, webhook.answer = form, b'{"errcode":0}'
    simulator.script({"fault": "status", "status": 4711, "times": 1})
    api.send("13812345678", "【Acme】canary-text")
    submit_all()
    change_upstream_account(upstream, {}, password="canary-password")
    api.send("13812345678", "【Acme】canary-text")
    submit_all()
    report = {"mid": "1", "mobile": "13812345678", "stat": "canary-text 13812345678", "time": ""}
    client.post(upstream.push_path, json.dumps([report]), content_type="application/json")
    client.post(upstream.push_path, "canary-text 13812345678", content_type="application/json")
    for payload in UpstreamPayload.objects.filter(state="received"):
        payloads.read(payload.pk)
    QueuedSingle.objects.update(due_at=Now() - timedelta(hours=1))
    capsys.readouterr()
    caplog.clear()
    alarms.watch()
    said = "".join([*webhook.raw, *capsys.readouterr(), caplog.text])
    assert Attempt.objects.count() == 2
    for told in ("unknown_code", "hold", "payload_unreadable"):
        assert told in said
    for canary in CANARIES:
        assert canary not in said
