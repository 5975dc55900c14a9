"""What is posted: our own JSON, and what the robots of WeCom and DingTalk take."""

import base64
import hashlib
import hmac
from urllib.parse import parse_qs, urlsplit

import pytest

from messaging import alarming
from messaging.services import alarms
from messaging.services.alarms.forms import signed

pytestmark = pytest.mark.django_db
TAKEN = b'{"errcode":0,"errmsg":"ok"}'


def test_the_generic_form(webhook, alarm):
    alarms.tell_due()
    (post,) = webhook.posts
    assert post.pop("since").endswith("Z")
    assert post == {
        "alarm": "no_reports",
        "subject": "main",
        "detail": "Nothing came for 30 minutes.",
        "next_step": "Ask the vendor.",
        "state": "in_force",
        "service": "smsgateway",
    }


def test_the_form_of_a_wecom_robot(webhook, alarm, settings):
    settings.ALERT_WEBHOOK_FORM, webhook.answer = "wecom", TAKEN
    assert alarms.tell_due() == 1
    (post,) = webhook.posts
    assert post["msgtype"] == "markdown"
    content = post["markdown"]["content"]
    for said in ("no_reports main", "Nothing came for 30 minutes.", "Ask the vendor.", "+0800"):
        assert said in content


def test_the_form_of_a_dingtalk_robot(webhook, alarm, settings):
    settings.ALERT_WEBHOOK_FORM, webhook.answer = "dingtalk", TAKEN
    assert alarms.tell_due() == 1
    (post,) = webhook.posts
    assert (post["msgtype"], sorted(post["markdown"])) == ("markdown", ["text", "title"])
    assert "no_reports main" in post["markdown"]["title"]
    assert "Ask the vendor." in post["markdown"]["text"]
    assert webhook.paths == ["/hook"]


def test_an_end_asks_for_nothing(webhook, alarm, settings):
    settings.ALERT_WEBHOOK_FORM, webhook.answer = "wecom", TAKEN
    alarms.tell_due()
    alarming.silence("no_reports", "main")
    alarms.tell_due()
    content = webhook.posts[-1]["markdown"]["content"]
    assert "(ended)" in content
    assert "Next step" not in content


def test_a_long_text_is_cut_to_what_wecom_takes(webhook, settings):
    settings.ALERT_WEBHOOK_FORM, webhook.answer = "wecom", TAKEN
    alarming.sound("hold", "main", detail="余额不足" * 2000, next_step="Top up.")
    assert alarms.tell_due() == 1
    assert len(webhook.posts[0]["markdown"]["content"].encode()) <= 4096


def test_a_signed_post_to_a_dingtalk_robot(webhook, alarm, settings):
    settings.ALERT_WEBHOOK_FORM, webhook.answer = "dingtalk", TAKEN
    settings.ALERT_WEBHOOK_SECRET = "SEC000"
    settings.ALERT_WEBHOOK_URL = f"{webhook.url}?access_token=abc"
    assert alarms.tell_due() == 1
    query = {name: values[0] for name, values in parse_qs(urlsplit(webhook.paths[0]).query).items()}
    said = f"{query['timestamp']}\nSEC000".encode()
    expected = base64.b64encode(hmac.new(b"SEC000", said, hashlib.sha256).digest()).decode()
    assert query == {"access_token": "abc", "timestamp": query["timestamp"], "sign": expected}


def test_the_signature_is_what_another_program_computes():
    """printf '1700000000000\\nthis is secret' | openssl dgst -sha256 -hmac 'this is secret' -binary | base64"""
    url = signed("https://robot/send", "this is secret", now=1_700_000_000)
    assert (
        url
        == "https://robot/send?timestamp=1700000000000&sign=sSFWELbV2YwjdDQhWZwTcWlX5BWUx5J6TPpsZmuPii0%3D"
    )
