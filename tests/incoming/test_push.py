"""The push receiver answers OK only after the raw body is committed."""

import json

import pytest
from django.db import DatabaseError

from messaging.api import push
from messaging.models import InboundMessage, UpstreamPayload
from messaging.services import payloads

pytestmark = pytest.mark.django_db

MO = {"flag": 0, "mid": "A1", "spid": "922011", "accessCode": "10690", "mobile": "18983437010", "content": "上行内容",
      "time": "2017-04-12 01:38:21"}  # fmt: skip


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (json.dumps([MO]), "application/json"),
        (json.dumps(MO), "application/json"),
        (json.dumps([MO]), "text/plain"),
        ("\ufeff" + json.dumps([MO]), "application/json"),
    ],
)
def test_a_push_is_committed_raw_and_then_read(upstream, client, body, content_type):
    answer = client.generic("POST", upstream.push_path, body.encode(), content_type=content_type)
    assert (answer.status_code, answer.content) == (200, b"OK")
    payload = UpstreamPayload.objects.get()
    assert (payload.state, bytes(payload.body)) == ("received", body.encode())
    payloads.read_waiting()
    assert InboundMessage.objects.get().content == "上行内容"


@pytest.mark.parametrize(
    ("path", "method", "body", "status"),
    [
        ("/upstream/push/nonsense/", "POST", b"[]", 404),
        (None, "GET", b"", 405),
        (None, "POST", b"", 400),
        (None, "POST", b" " * (4 * 1024 * 1024 + 1), 413),
    ],
)
def test_what_is_not_kept_is_not_acknowledged(upstream, client, path, method, body, status):
    answer = client.generic(method, path or upstream.push_path, body, content_type="application/json")
    assert answer.status_code == status
    assert b"OK" not in answer.content
    assert not UpstreamPayload.objects.exists()


def test_without_the_database_nothing_is_acknowledged(upstream, client, monkeypatch):
    def fail(*_):
        raise DatabaseError

    monkeypatch.setattr(push.payloads, "receive_push", fail)
    answer = client.post(upstream.push_path, "[]", content_type="application/json")
    assert (answer.status_code, b"OK" in answer.content) == (503, False)


def test_a_body_that_cant_be_read_is_kept_and_marked(upstream, client):
    client.post(upstream.push_path, "nonsense", content_type="application/json")
    payloads.read_waiting()
    assert UpstreamPayload.objects.get().state == "unreadable"
