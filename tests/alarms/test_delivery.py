"""Who took the news: only what was really taken counts as told."""

import socket
import threading
import time

import pytest
from django.core import mail

from messaging.services import alarms
from messaging.services.alarms import delivery

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("form", "answer", "told"),
    [
        ("wecom", b'{"errcode":0,"errmsg":"ok"}', 1),
        ("wecom", b'{"errcode":93000,"errmsg":"invalid webhook url"}', 0),
        ("dingtalk", b'{"errcode":310000,"errmsg":"sign not match"}', 0),
        ("dingtalk", b"<html>", 0),
        ("dingtalk", b"[]", 0),
        ("dingtalk", b"", 0),
        ("generic", b'{"errcode":1}', 1),
        ("generic", b"", 1),
        ("carrier_pigeon", b"", 0),
    ],
)
def test_a_robot_says_in_its_answer_whether_it_took_it(webhook, alarm, settings, form, answer, told):
    settings.ALERT_WEBHOOK_FORM, webhook.answer = form, answer
    assert alarms.tell_due() == told


def test_a_redirect_is_not_followed(webhook, alarm):
    webhook.status, webhook.headers = 302, {"Location": webhook.url + "/elsewhere"}
    assert alarms.tell_due() == 0
    assert webhook.paths == ["/hook"]


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:9/hook", "ftp://host/", "nonsense", "https://[", "http://a\x00b/"]
)
def test_an_address_that_leads_nowhere_is_no_crash(alarm, settings, url):
    settings.ALERT_WEBHOOK_URL = url
    assert alarms.tell_due() == 0


def test_a_listener_that_drips_is_given_up_in_time(alarm, settings, monkeypatch):
    monkeypatch.setattr(delivery, "POST_SECONDS", 0.5)
    with socket.create_server(("127.0.0.1", 0)) as server:
        settings.ALERT_WEBHOOK_URL = f"http://127.0.0.1:{server.getsockname()[1]}/"
        threading.Thread(target=drip, args=(server,), daemon=True).start()
        began = time.monotonic()
        assert alarms.tell_due() == 0
    assert time.monotonic() - began < 3


def drip(server):
    line, _ = server.accept()
    with line:
        for _byte in range(100):
            try:
                line.sendall(b"H")
            except OSError:
                return
            time.sleep(0.1)


def test_a_mail_says_the_same(alarm, settings):
    settings.ALERT_MAIL_TO = ["ops@example.org"]
    assert alarms.tell_due() == 1
    (sent,) = mail.outbox
    assert sent.to == ["ops@example.org"]
    assert "no_reports main" in sent.subject
    assert "Ask the vendor." in sent.body


def test_a_mail_server_that_is_away_is_tried_again(alarm, settings):
    settings.ALERT_MAIL_TO = ["ops@example.org"]
    settings.EMAIL_BACKEND, settings.EMAIL_PORT = "django.core.mail.backends.smtp.EmailBackend", 9
    assert alarms.tell_due() == 0


def test_one_of_two_ways_is_enough(webhook, alarm, settings):
    settings.ALERT_MAIL_TO, webhook.status = ["ops@example.org"], 500
    assert alarms.tell_due() == 1
    assert len(mail.outbox) == 1


def test_the_log_does_not_show_the_address(webhook, alarm, settings, capsys, caplog):
    settings.ALERT_WEBHOOK_URL = webhook.url + "?access_token=canary-token"
    webhook.status = 500
    alarms.tell_due()
    written = "".join(capsys.readouterr()) + caplog.text
    assert "alarm_not_told" in written
    assert "canary-token" not in written
