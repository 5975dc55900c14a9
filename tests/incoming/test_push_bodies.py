"""What a push may look like, and what is not acknowledged."""

import json
from http import HTTPStatus
from io import BytesIO
from urllib.parse import urlencode

import pytest
from django.core.handlers.wsgi import WSGIRequest
from django.db import connection, transaction

from messaging.api.push import receive_push
from messaging.models import Alarm, InboundMessage, UpstreamPayload
from messaging.services import payloads
from tests.incoming.items import inbound

pytestmark = pytest.mark.django_db

ITEM = inbound("A1", "上行内容")
TEXT = json.dumps([ITEM], ensure_ascii=False)
FORM = "application/x-www-form-urlencoded"
BODIES = {
    "array": (TEXT.encode(), "application/json"),
    "single object": (json.dumps(ITEM).encode(), "application/json"),
    "byte order mark": (b"\xef\xbb\xbf" + TEXT.encode(), "application/json"),
    "gbk": (TEXT.encode("gbk"), "application/json;charset=GBK"),
    "form field": (urlencode({"data": TEXT}).encode(), FORM),
    "form field in gbk": (urlencode({"data": TEXT}, encoding="gbk").encode(), FORM),
    "no content type": (TEXT.encode(), ""),
}


@pytest.mark.fault("G26")
@pytest.mark.parametrize(("body", "content_type"), BODIES.values(), ids=BODIES)
def test_every_known_form_is_understood(upstream, client, body, content_type):
    answer = client.generic("POST", upstream.push_path, body, content_type=content_type)
    assert (answer.status_code, answer.content) == (200, b"OK")
    assert bytes(UpstreamPayload.objects.get().body) == body
    payloads.read_waiting()
    assert InboundMessage.objects.get().content == "上行内容"


@pytest.mark.fault("G26")
@pytest.mark.parametrize("body", [b"nonsense", b"\xff\xfe", b"<html/>", b'{"a":1}', b"a=b&c=d"])
def test_what_is_not_understood_is_kept_and_sounds_an_alarm(upstream, client, body):
    answer = client.generic("POST", upstream.push_path, body, content_type="text/plain")
    assert answer.content == b"OK"
    payloads.read_waiting()
    payload = UpstreamPayload.objects.get()
    assert (payload.state, bytes(payload.body)) == ("unreadable", body)
    assert Alarm.objects.get().name == "payload_unreadable"


class Broken(BytesIO):
    def read(self, *_):
        raise ConnectionResetError


@pytest.mark.fault("G24")
def test_a_body_that_breaks_off_is_refused(upstream):
    environ = {"REQUEST_METHOD": "POST", "wsgi.input": Broken(), "CONTENT_LENGTH": "10"}
    answer = receive_push(WSGIRequest(environ), upstream.push_token)
    assert answer.status_code == HTTPStatus.BAD_REQUEST


@pytest.mark.fault("G23")
@pytest.mark.parametrize(
    ("path", "method", "size", "status"),
    [
        ("/upstream/push/nonsense/", "POST", 2, 404),
        (None, "GET", 0, 405),
        (None, "PUT", 2, 405),
        (None, "POST", 10 * 1024 * 1024, 413),
    ],
)
def test_what_is_refused_is_not_kept(upstream, client, path, method, size, status):
    answer = client.generic(method, path or upstream.push_path, b"x" * size, content_type="application/json")
    assert (answer.status_code, b"OK" in answer.content) == (status, False)
    assert not UpstreamPayload.objects.exists()


@pytest.mark.fault("G25", "D15")
def test_a_database_that_cant_write_acknowledges_nothing(upstream, client):
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION READ ONLY")
        answer = client.post(upstream.push_path, TEXT, content_type="application/json")
        transaction.set_rollback(True)
    assert (answer.status_code, b"OK" in answer.content) == (503, False)
    assert not UpstreamPayload.objects.exists()
