import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from tests.simulator.conftest import Ask
from tests.simulator.process import Simulator, eventually


class Receiver:
    """A customer's push URL: answers what `answers` says, the last one for ever."""

    def __init__(self) -> None:
        self.bodies: list[list[dict[str, Any]]] = []
        self.answers: list[tuple[int, str]] = [(200, "OK")]
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                receiver.bodies.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
                status, text = receiver.answers.pop(0) if len(receiver.answers) > 1 else receiver.answers[0]
                self.send_response(status)
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text.encode())

            def log_message(self, *_: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/push/"

    def items(self) -> list[dict[str, Any]]:
        return [item for body in self.bodies for item in body]


@pytest.fixture
def receiver(simulator: Simulator) -> Iterator[Receiver]:
    receiver = Receiver()
    threading.Thread(target=receiver.server.serve_forever, args=[0.01], daemon=True).start()
    simulator.add_account({"account": "922011", "push_url": receiver.url, "push_retry_seconds": [0.05, 0.1]})
    yield receiver
    receiver.server.shutdown()
    receiver.server.server_close()


def test_reports_and_inbound_messages_are_pushed_together(
    ask: Ask, simulator: Simulator, receiver: Receiver
) -> None:
    mid = ask("send", mobile="19900050001", content="你好")["list"][0]["mid"]
    eventually(lambda: simulator.summary()["inbound_handed_out"] == 1)
    eventually(lambda: simulator.summary()["reports_handed_out"] == 1)
    items = sorted(receiver.items(), key=lambda item: item["flag"])
    assert [(item["flag"], item["mid"]) for item in items] == [(0, mid), (1, mid)]
    assert (items[0]["content"], items[1]["stat"]) == ("你好", "DELIVRD")
    assert ask("report")["list"] == []


@pytest.mark.parametrize("answers", [[(500, "OK")], [(200, "NO"), (200, "")], [(204, ""), (404, "not here")]])
def test_a_push_comes_again_until_it_is_acknowledged(
    ask: Ask, simulator: Simulator, receiver: Receiver, answers: list[tuple[int, str]]
) -> None:
    receiver.answers = [*answers, (200, "OK")]
    ask("send", mobile="13800000001", content="a")
    eventually(lambda: simulator.summary()["reports_handed_out"] == 1)
    assert len(receiver.bodies) == len(answers) + 1
    assert all(body == receiver.bodies[0] for body in receiver.bodies)


def test_what_is_not_acknowledged_still_waits(ask: Ask, simulator: Simulator, receiver: Receiver) -> None:
    receiver.answers = [(503, "")]
    ask("send", mobile="13800000001", content="a")
    eventually(lambda: receiver.bodies)
    summary = simulator.summary()
    assert (summary["reports_waiting"], summary["reports_handed_out"]) == (1, 0)


def test_a_push_url_that_is_taken_away_leaves_the_items_to_be_fetched(
    ask: Ask, simulator: Simulator, receiver: Receiver
) -> None:
    receiver.answers = [(503, "")]
    ask("send", mobile="13800000001", content="a")
    eventually(lambda: receiver.bodies)
    simulator.add_account({"account": "922011", "push_url": ""})
    assert len(eventually(lambda: ask("report")["list"])) == 1


def test_nobody_listening_is_a_reason_to_come_again(
    ask: Ask, simulator: Simulator, receiver: Receiver
) -> None:
    simulator.add_account({"account": "922011", "push_url": "http://127.0.0.1:9/"})
    ask("send", mobile="13800000001", content="a")
    simulator.add_account({"account": "922011", "push_url": receiver.url})
    eventually(lambda: receiver.bodies)


def test_a_push_carries_at_most_two_hundred_items(ask: Ask, simulator: Simulator, receiver: Receiver) -> None:
    ask("send", mobile=",".join(f"138{number:08}" for number in range(450)), content="a")
    eventually(lambda: simulator.summary()["reports_handed_out"] == 450)
    assert [len(body) for body in receiver.bodies] == [200, 200, 50]
