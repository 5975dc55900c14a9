"""What is remembered and reserved in a process, seen from outside of several."""

import socket
import time

import pytest

from accounts.models import Application, QuotaUse
from accounts.services import create_api_key, create_application, revoke_api_key
from tests.accounts.web import running_web
from tests.simulator.process import eventually

pytestmark = pytest.mark.django_db(transaction=True)

MESSAGE = {"to": "13800000001", "content": "【Acme】hi"}


@pytest.fixture
def shop():
    return create_application("shop", environment="sandbox")


@pytest.mark.fault("F1")
def test_a_revoked_key_is_refused_by_every_process_within_five_seconds(shop):
    application, old = shop
    new = create_api_key(application)[1]
    with running_web() as first, running_web() as second:
        for web in (first, second):
            assert web.call(old, "codes").status == 200
        revoked = time.monotonic()
        revoke_api_key(old.split("_")[1])
        eventually(lambda: {web.call(old, "messages", MESSAGE).status for web in (first, second)} == {401})
        assert time.monotonic() - revoked < 5
        assert {web.call(new, "codes").status for web in (first, second)} == {200}


@pytest.mark.fault("C2")
def test_a_process_that_ends_gives_back_what_it_has_not_spent(shop):
    application, key = shop
    Application.objects.update(monthly_quota=1_000_000)
    with running_web("tests.accounts.patient_wsgi") as web:
        assert web.call(key, "messages", MESSAGE).status == 202
        reserved = QuotaUse.objects.get().used_this_month
        web.stop()
    assert reserved == 1000
    assert QuotaUse.objects.get(application=application).used_this_month == 1


@pytest.mark.fault("F4")
def test_of_several_headers_the_last_is_what_our_proxy_wrote(shop):
    application, _key = shop
    key = create_api_key(application, networks=["192.0.2.0/24"])[1]

    def status(web, *forwarded):
        head = "".join(f"X-Forwarded-For: {value}\r\n" for value in forwarded)
        with socket.create_connection(("127.0.0.1", web.port), timeout=30) as line:
            line.sendall(
                f"GET /api/v1/codes HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{head}"
                f"Authorization: Bearer {key}\r\n\r\n".encode()
            )
            return int(line.recv(100).split()[1])

    with running_web(TRUSTED_PROXY_HOPS="1") as web:
        assert status(web, "192.0.2.7") == 200
        assert status(web, "198.51.100.1", "192.0.2.7") == 200
        assert status(web, "192.0.2.7", "198.51.100.1") == 403
        assert status(web, "192.0.2.7", "") == 403
        assert status(web) == 403
    with running_web() as web:
        assert status(web, "192.0.2.7") == 403
