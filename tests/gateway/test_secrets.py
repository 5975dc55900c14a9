"""A call in the query is answered, and what it says stands in no log of a web process as production runs it."""

import json
from urllib.parse import quote

import pytest
from django.db import connection

from accounts.logins import create_gateway_login
from accounts.services import create_application, create_upstream_account
from messaging.models import Message
from tests.api.web import answered, running_web
from tests.gateway.conftest import form

pytestmark = pytest.mark.django_db(transaction=True)

PASSWORD, WORD, NUMBER = "kanarien-pass", "kanarienvogel", "13812349876"
SECRETS = (PASSWORD, WORD, NUMBER, NUMBER[3:], quote(WORD), "5e884898")


@pytest.fixture(scope="module")
def web(django_db_setup, tmp_path_factory):
    with running_web(
        tmp_path_factory.mktemp("web"), LOG_JSON="true", LOG_LEVEL="DEBUG", REMEMBER_SECONDS="0"
    ) as server:
        yield server


@pytest.fixture
def filed(transactional_db):
    shop = create_application("shop", environment="sandbox")[0]
    create_upstream_account(
        name="up", environment="sandbox", base_url="http://127.0.0.1:9/sms", account="up", password="up",
        extno="10690", default=True,
    )  # fmt: skip
    return create_gateway_login(shop, account="922011", password=PASSWORD, extnos=["10690"])


@pytest.fixture
def logged(web):
    before = web.log.stat().st_size

    def since() -> str:
        return web.log.read_bytes()[before:].decode()

    return since


@pytest.fixture
def full_table(transactional_db):
    """Every insert of a message fails, and PostgreSQL says with which row."""
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE messaging_message ADD CONSTRAINT canary CHECK (false) NOT VALID")
    yield
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE messaging_message DROP CONSTRAINT canary")


def query(**fields):
    given = form() | {"password": PASSWORD, "content": f"【Acme】{WORD}", "mobile": NUMBER} | fields
    return "&".join(f"{name}={quote(value)}" for name, value in given.items())


def get(web, query, method="GET", path="/sms", body=b"", content_type="application/x-www-form-urlencoded"):
    head = (
        f"{method} {path}?{query} HTTP/1.1\r\nHost: localhost\r\nReferer: http://localhost/sms?{query}\r\n"
        f"Content-Type: {content_type}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    with web.line() as line:
        line.sendall(head.encode() + body)
        status, _, said = answered(line)
    return status, said


def shown(log):
    return [secret for secret in SECRETS if secret in log]


def test_a_call_in_the_query_is_answered_and_not_logged(web, filed, logged):
    status, said = get(web, query())
    assert (status, json.loads(said)["status"]) == (200, "0")
    assert Message.objects.count() == 1
    assert '"path": "/sms"' in logged(), "the request itself must be seen"
    assert shown(logged()) == []


@pytest.mark.parametrize(
    "fields",
    [
        {"password": f"{PASSWORD}-wrong"},
        {"extno": WORD},
        {"mobile": WORD},
        {"rt": WORD},
        {"version": WORD},
        {"action": WORD},
        {"content": f"{WORD}\x00"},
    ],
    ids=lambda fields: next(iter(fields)),
)
def test_nor_is_one_that_is_refused(web, filed, logged, fields):
    for method in ("GET", "POST", "PUT", "HEAD"):
        get(web, query(**fields), method) if method != "HEAD" else None
    get(web, query(**fields) + "%zz")
    get(web, query(**fields), path="/sms/")
    get(web, query(**fields), path="/smsv2")
    get(web, "", "POST", body=query(**fields).encode())
    get(web, "", "POST", body=query(**fields).encode(), content_type="multipart/form-data; boundary=x")
    assert logged().count('"request"') >= 7
    assert shown(logged()) == []


def test_nor_is_one_that_fails_in_the_middle(web, filed, logged, full_table):
    for action in ("send", "p2p"):
        status, said = get(web, query(action=action, mobileContentList=f"{NUMBER}#{WORD}"))
        assert (status, said) != (200, b"")
    assert "canary" in logged(), "the failure itself must be seen"
    assert shown(logged()) == []
