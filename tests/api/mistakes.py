"""Requests of callers who make mistakes, and what they are told."""

import json

from messaging.models import Batch, Message

GOOD = {"to": "13800000001", "content": "【Acme】hi"}
MANY = {"to": ["13800000001", "13800000002"], "content": "【Acme】hi"}
DEEP = b'{"to": ' + b"[" * 100 + b"]" * 100 + b', "content": "hi"}'


def raw(api, body, content_type="application/json", path="messages", method="POST", **headers):
    """Send octets as they are, or anything else as JSON."""
    octets = body if isinstance(body, bytes) else json.dumps(body).encode()
    return api.client.generic(method, f"/api/v1/{path}", octets, content_type=content_type, headers=headers)


def told(answer):
    """Status, code and pointers of a problem, which names its request and says whether to send again."""
    body = answer.json()
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert body["request_id"] == answer.headers["X-Request-ID"]
    assert body["detail"]
    assert body["retry"] in {"never", "later", "after_fix"}
    return answer.status_code, body["code"], [error["pointer"] for error in body["errors"]]


def nothing_stored():
    return not Message.objects.exists() and not Batch.objects.exists()


def numbers(count):
    return [f"138{n:08d}" for n in range(count)]
