"""The load: a program of its own, so that its cost is known. Requests are bytes before the clock starts.

`python -m smsgateway.benchmark.load FILE` reads an order as JSON from FILE and prints what came of it as JSON.
"""

import itertools
import json
import socket
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from urllib.parse import urlencode

from smsgateway.benchmark.recipients import CONTENT, mobile, own_content

OK, ACCEPTED = 200, 202
PATIENCE_SECONDS = 120.0
RECEIVE_BYTES = 65536
SHOWN_FAILURES = 3


@dataclass(frozen=True)
class Order:
    """What to post. `recipients` None: singles. `per_second` None: each connection as fast as it is answered.

    `keys` begins the Idempotency-Key that each request bears; None: it bears none. `login` is what a gateway login's
    client sends with every call; None: it is the API that is asked.
    """

    host: str
    port: int
    key: str
    connections: int
    requests: int
    first: int
    recipients: int | None = None
    own_texts: bool = False
    category: str = "notification"
    send_at: str | None = None
    per_second: float | None = None
    keys: str | None = None
    login: dict[str, str] | None = None

    @property
    def messages(self) -> int:
        return self.requests * (self.recipients or 1)


@dataclass(frozen=True)
class Outcome:
    """Times in seconds, by the load's own clock. `cpu_seconds` is what the load itself used between them."""

    seconds: float
    cpu_seconds: float
    accepted: int  # messages
    failures: list[str]


@dataclass(frozen=True)
class _Answer:
    began: float
    ended: float
    status: int
    body: bytes


def run(order: Order) -> Outcome:
    """Post everything that is ordered, and read every answer."""
    requests = [_request(order, place, body) for place, body in enumerate(_bodies(order))]
    cpu = time.process_time()
    answers = _Drive(order, requests).answers()
    cpu = time.process_time() - cpu
    seconds = max(answer.ended for answer in answers) - min(answer.began for answer in answers)
    good, failures = _read(order, answers)
    return Outcome(seconds, cpu, good, failures[:SHOWN_FAILURES])


def _bodies(order: Order) -> Iterator[bytes]:
    options = {"category": order.category} | ({"send_at": order.send_at} if order.send_at else {})
    size = order.recipients or 1
    for first in range(order.first, order.first + order.messages, size):
        places = range(first, first + size)
        if order.login:
            yield _form(order.login, places)
        else:
            yield json.dumps(_content(order, places) | options, ensure_ascii=False).encode()


def _form(login: dict[str, str], places: range) -> bytes:
    """`send` of the vendor's document, section 1.2."""
    numbers = ",".join(mobile(place) for place in places)
    call = {"action": "send", "mobile": numbers, "content": CONTENT, "rt": "json"}
    return urlencode(login | call).encode()


def _content(order: Order, places: range) -> dict[str, object]:
    if order.recipients is None:
        return {"to": mobile(places[0]), "content": CONTENT}
    if order.own_texts:
        return {"messages": [{"to": mobile(place), "content": own_content(place)} for place in places]}
    return {"to": [mobile(place) for place in places], "content": CONTENT}


def _request(order: Order, place: int, body: bytes) -> bytes:
    path, kind = "/sms", "application/x-www-form-urlencoded"
    if order.login is None:
        path, kind = f"/api/v1/{'messages' if order.recipients is None else 'batches'}", "application/json"
    key = f"Idempotency-Key: {order.keys}-{place}\r\n" if order.keys else ""
    head = (
        f"POST {path} HTTP/1.1\r\nHost: {order.host}:{order.port}\r\nAuthorization: Bearer {order.key}\r\n"
        f"Content-Type: {kind}\r\nContent-Length: {len(body)}\r\n{key}\r\n"
    )
    return head.encode() + body


class _Drive:
    """Threads that share one row of requests, each with a connection that is kept."""

    def __init__(self, order: Order, requests: Sequence[bytes]) -> None:
        self._order = order
        self._requests = requests
        self._next = itertools.count()
        self._answers: list[_Answer] = []

    def answers(self) -> list[_Answer]:
        threads = [threading.Thread(target=self._converse) for _line in range(self._order.connections)]
        self._began = time.perf_counter()
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return self._answers

    def _converse(self) -> None:
        line = _Line(self._order.host, self._order.port)
        for place in iter(self._next.__next__, None):
            if place >= len(self._requests):
                break
            self._wait_for_turn(place)
            self._answers.append(line.ask(self._requests[place]))
        line.close()

    def _wait_for_turn(self, place: int) -> None:
        if self._order.per_second:
            time.sleep(max(0.0, self._began + place / self._order.per_second - time.perf_counter()))


class _Line:
    """One kept connection; one that breaks is a failed answer and is made anew."""

    def __init__(self, host: str, port: int) -> None:
        self._address = (host, port)
        self._open()

    def ask(self, request: bytes) -> _Answer:
        began = time.perf_counter()
        try:
            self._socket.sendall(request)
            status, body = self._read()
        except (OSError, ValueError) as error:
            status, body = 0, repr(error).encode()
            self.close()
            self._open()
        return _Answer(began, time.perf_counter(), status, body)

    def close(self) -> None:
        self._socket.close()

    def _open(self) -> None:
        self._socket = socket.create_connection(self._address, timeout=PATIENCE_SECONDS)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def _read(self) -> tuple[int, bytes]:
        head, _, body = self._receive_until(b"\r\n\r\n").partition(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n", 1)[0])
        while len(body) < length:
            body += self._receive()
        return int(head.split(b" ", 2)[1]), body

    def _receive_until(self, mark: bytes) -> bytes:
        received = self._receive()
        while mark not in received:
            received += self._receive()
        return received

    def _receive(self) -> bytes:
        received = self._socket.recv(RECEIVE_BYTES)
        if not received:
            raise ConnectionError("the connection was closed before the answer")
        return received


def _read(order: Order, answers: Sequence[_Answer]) -> tuple[int, list[str]]:
    """Count what was accepted; what is not proper, or not whole, is a failure."""
    accepted, failures = 0, []
    for answer in answers:
        count = _count(order, answer)
        if count == (order.recipients or 1):
            accepted += count
        else:
            failures.append(f"{answer.status} {answer.body[:300].decode(errors='replace')}")
    return accepted, failures


def _count(order: Order, answer: _Answer) -> int:
    """Return how many messages an answer accepts: the API says 202, a gateway RESULT 0 and a mid for each."""
    if answer.status != (OK if order.login else ACCEPTED):
        return 0
    document = json.loads(answer.body)
    if order.login:
        return sum(1 for row in document.get("list", ()) if row["mid"] and row["result"] == 0)
    if not document.get("id"):
        return 0
    return 1 if order.recipients is None else int(document.get("accepted", 0))


def main() -> None:
    order = Order(**json.loads(Path(sys.argv[1]).read_text()))
    sys.stdout.write(json.dumps(asdict(run(order))))


if __name__ == "__main__":
    main()
