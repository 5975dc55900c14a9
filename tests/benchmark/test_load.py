"""The load posts what is ordered, over connections that are kept, and believes only a whole 202."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl

import pytest

from smsgateway.benchmark.load import Order, run


class Service(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.status = 202
        self.answer = None
        self.posted = []
        self.callers = set()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        raw = self.rfile.read(int(self.headers["Content-Length"])).decode()
        body = json.loads(raw) if raw.startswith("{") else dict(parse_qsl(raw))
        self.server.posted.append((self.path, self.headers["Authorization"], body))
        self.server.callers.add(self.client_address)
        if self.server.status is None:
            self.close_connection = True
            return
        answer = json.dumps(self.server.answer or {"id": "1", "accepted": len(body.get("to", []))}).encode()
        self.send_response(self.server.status)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_arguments):
        pass


@pytest.fixture
def service():
    with Service() as service:
        threading.Thread(target=service.serve_forever, daemon=True).start()
        yield service
        service.shutdown()


def order(service, **wishes):
    host, port = service.server_address
    usual = {"connections": 3, "requests": 10, "first": 0}
    return Order(host=host, port=port, key="sgw_key", **usual | wishes)


def test_singles_are_posted_once_each_over_kept_connections(service):
    outcome = run(order(service, category="otp"))
    assert (outcome.accepted, outcome.failures) == (10, [])
    numbers = [body["to"] for _path, _key, body in service.posted]
    assert len(set(numbers)) == len(numbers) == 10
    assert {(path, key) for path, key, _body in service.posted} == {("/api/v1/messages", "Bearer sgw_key")}
    assert {body["category"] for _path, _key, body in service.posted} == {"otp"}
    assert len(service.callers) <= 3


def test_bulk_shares_a_text(service):
    outcome = run(order(service, requests=2, recipients=50))
    assert outcome.accepted == 100
    numbers = [number for _path, _key, body in service.posted for number in body["to"]]
    assert len(set(numbers)) == 100
    assert {path for path, _key, _body in service.posted} == {"/api/v1/batches"}


def test_own_texts_are_all_different(service):
    service.answer = {"id": "1", "accepted": 50}
    assert run(order(service, requests=2, recipients=50, own_texts=True)).accepted == 100
    texts = [message["content"] for _path, _key, body in service.posted for message in body["messages"]]
    assert len(set(texts)) == 100
    assert {len(text) for text in texts} == {80}


@pytest.mark.parametrize(
    ("status", "answer"), [(500, None), (200, None), (202, {"id": "1", "accepted": 49}), (None, None)]
)
def test_whatever_is_no_proper_answer_is_a_failure(service, status, answer):
    service.status, service.answer = status, answer
    outcome = run(order(service, requests=2, recipients=50))
    assert outcome.accepted == 0
    assert len(outcome.failures) == 2


def test_a_pace_is_kept(service):
    assert run(order(service, requests=11, per_second=50.0)).seconds >= 0.15  # else it would be 0.02


def test_a_gateway_login_speaks_the_vendors_protocol(service):
    service.status, service.answer = 200, {"list": [{"mid": "A", "result": 0}] * 50}
    login = {"account": "a", "password": "p", "extno": "10690"}
    assert run(order(service, requests=2, recipients=50, login=login)).accepted == 100
    assert {path for path, _key, _body in service.posted} == {"/sms"}
    assert {(body["action"], body["account"], body["extno"]) for _path, _key, body in service.posted} == {
        ("send", "a", "10690")
    }
    assert len({number for *_, body in service.posted for number in body["mobile"].split(",")}) == 100


def test_a_number_that_a_gateway_refused_is_a_failure(service):
    service.status = 200
    service.answer = {"list": [{"mid": "A", "result": 0}] * 49 + [{"mid": "", "result": 15}]}
    login = {"account": "a", "password": "p", "extno": "10690"}
    assert run(order(service, requests=2, recipients=50, login=login)).accepted == 0
