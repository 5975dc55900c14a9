"""What callers send stands in no log: one line of JSON a request, whatever it holds (FAULTS F8, F13)."""

import json
import re

import pytest
from django.db import connection

from accounts.models import Application
from accounts.services import create_application
from messaging.models import InboundMessage, Message
from messaging.services import payloads
from tests.api.web import answered, head, running_web
from tests.incoming.items import inbound

pytestmark = pytest.mark.django_db(transaction=True)

NUMBER, WORD = "13812349876", "kanarienvogel"
SINGLE = {"to": NUMBER, "content": f"【Acme】{WORD}", "reference": f"{WORD}-r"}
BATCH = {"to": [NUMBER, "13812349875"], "content": f"【Acme】{WORD}"}
ENTRIES = {"messages": [SINGLE, SINGLE | {"to": "13812349875"}]}
GUNICORN = re.compile(r"\[[-\d]+ [:\d]+ [+-]\d+\] \[\d+\] \[[A-Z]+\] ")  # what the server says by itself
HOSTILE = 'a\r\nb\x1b[31m\x1b]0;x\x07"}\n{"event": "forged"}'


@pytest.fixture(scope="module")
def web(django_db_setup, tmp_path_factory):
    with running_web(tmp_path_factory.mktemp("web"), LOG_JSON="true", REMEMBER_SECONDS="0") as server:
        yield server


@pytest.fixture
def key(transactional_db):
    return create_application("shop", environment="sandbox")[1]


@pytest.fixture
def logged(web):
    """What was logged since the test began: its lines, each of which must be JSON."""
    before = web.log.stat().st_size

    def read():
        text = web.log.read_bytes()[before:]
        assert b"\x1b" not in text
        lines = text.decode("ascii").splitlines()
        return [json.loads(line) for line in lines if not GUNICORN.match(line)]

    return read


def ask(web, octets):
    with web.line() as line:
        line.sendall(octets)
        return answered(line)


def post(web, key, body, path="messages", *lines):
    octets = body if isinstance(body, bytes) else json.dumps(body).encode()
    whole = head(key, f"Content-Length: {len(octets)}", *lines, path=f"/api/v1/{path}") + octets
    return ask(web, whole)[0]


@pytest.fixture
def full_table(transactional_db):
    """Every insert of a message fails, and PostgreSQL says with which row."""
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE messaging_message ADD CONSTRAINT canary CHECK (false) NOT VALID")
    yield
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE messaging_message DROP CONSTRAINT canary")


def secrets_in(log):
    return [word for word in (WORD, NUMBER, NUMBER[3:]) if word in json.dumps(log, ensure_ascii=False)]


@pytest.mark.fault("F13")
@pytest.mark.parametrize(
    ("path", "body"),
    [("messages", SINGLE), ("batches", BATCH), ("batches", ENTRIES)],
    ids=["single", "many", "own"],
)
@pytest.mark.parametrize("lines", [(), ("Idempotency-Key: k-1",)], ids=["", "key"])
def test_a_row_that_the_database_refuses_is_not_shown(web, key, logged, full_table, path, body, lines):
    assert post(web, key, body, path, *lines) == 500
    log = logged()
    assert any("canary" in entry.get("exception", "") for entry in log), "the failure itself must be seen"
    assert secrets_in(log) == []
    assert key not in json.dumps(log)
    assert not Message.objects.exists()


@pytest.mark.fault("F13")
def test_no_mistake_brings_a_secret_into_the_log(web, key, logged):
    wrong = f"sgw_0123456789ab_{WORD}{'x' * 30}"
    for path in ("messages", "batches", f"messages/{WORD}", WORD):
        for body in (
            SINGLE | {WORD: 1},
            SINGLE | {"to": WORD},
            f'{{"to": "{WORD}'.encode(),
            WORD.encode(),
            SINGLE,
        ):
            post(web, key, body, path)
            post(web, wrong, body, path)
        post(web, key, SINGLE, path, f"Idempotency-Key: {WORD} x")
        post(web, key, SINGLE, path, f"Idempotency-Key: {WORD}")
    for path in (
        f"messages?to={NUMBER}",
        f"messages?reference={WORD}",
        f"messages?{WORD}=1",
        f"inbound?mobile={NUMBER}",
    ):
        ask(web, head(key, path=f"/api/v1/{path}", method="GET"))
        ask(web, head(wrong, path=f"/api/v1/{path}", method="GET"))
    ask(web, head(f"{key} {WORD}", "Host: evil.example", path="/api/v1/messages", method="GET"))
    log = logged()
    assert len(log) >= 50
    assert secrets_in(log) == []
    assert key not in json.dumps(log)
    assert wrong not in json.dumps(log)


@pytest.mark.fault("F8")
def test_line_breaks_and_terminal_codes_are_one_escaped_line(web, key, logged):
    encoded = "".join(f"%{octet:02x}" for octet in HOSTILE.encode())
    asked = 0
    for path in (f"messages/{encoded}", f"messages?reference={encoded}", encoded, f"codes/STAT/{encoded}"):
        status, _first, body = ask(web, head(key, path=f"/api/v1/{path}", method="GET"))
        assert status in {200, 400, 404}
        assert b"\x1b" not in body
        asked += 1
    for change in ({"reference": HOSTILE}, {"to": HOSTILE}, {"content": HOSTILE}, {HOSTILE: 1}):
        assert post(web, key, SINGLE | change) == 422
        asked += 1
    log = logged()
    assert [entry["event"] for entry in log] == ["request"] * asked


@pytest.mark.fault("F8")
def test_a_handsets_text_is_one_escaped_line_and_comes_through_as_it_was(web, key, logged, upstream, caplog):
    """Pushed, read by a worker, and read by a caller; beside it an item that nobody can read."""
    text = f"{WORD} {HOSTILE}"
    items = json.dumps([inbound("1", text), inbound("2", text) | {"mobile": text}, {"flag": 0, text: text}])
    pushed = head("", f"Content-Length: {len(items)}", path=upstream.push_path) + items.encode()
    assert ask(web, pushed)[::2] == (200, b"OK")
    with caplog.at_level(0):
        payloads.read_waiting()
    InboundMessage.objects.update(application=Application.objects.get())
    _status, _head, body = ask(web, head(key, path="/api/v1/inbound", method="GET"))
    assert text in [row["content"] for row in json.loads(body)["results"]]
    assert b"\x1b" not in body
    assert [entry["event"] for entry in logged()] == ["request"] * 2
    assert secrets_in(logged()) == []
    read = [record.getMessage() for record in caplog.records]
    assert read, "the reading itself must be seen"
    assert [line for line in read if WORD in line or "\x1b" in line or "\n" in line] == []


@pytest.mark.fault("F8")
@pytest.mark.parametrize(
    "given", [b"a\x1b[31m", b"a\x07", b"a\nb", b"a\r b", b"\xff\xfe", b"x" * 65, b"a b", b"%0a"]
)
def test_a_request_id_that_is_not_harmless_is_replaced(web, key, logged, given):
    whole = head(key, path="/api/v1/messages", method="GET").replace(
        b"Host: localhost", b"Host: localhost\r\nX-Request-ID: " + given
    )
    status, first, _body = ask(web, whole)
    if status == 200:
        assert re.search(rb"(?im)^x-request-id: [0-9a-f-]{36}\r$", first)
        assert [entry["event"] for entry in logged()] == ["request"]
    else:
        assert status in {0, 400}
        assert b"\x1b" not in first
    assert [entry for entry in logged() if entry.get("event") == "forged"] == []
