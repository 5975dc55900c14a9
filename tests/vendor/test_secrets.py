"""Passwords, numbers and texts stay out of everything that gets printed or logged."""

import logging
import pickle
import traceback

import pytest

from messaging.vendor.client import Client
from messaging.vendor.errors import VendorError
from messaging.vendor.wire import Login
from tests.vendor.gateway import gateway, http_answer

CANARIES = ("c4nary-password", "13899998888", "c4nary-text")

ANSWERS = {
    "refused": http_answer(b'{"status":"3"}'),
    "echoed": http_answer(b'{"status":"c4nary-password 13899998888 c4nary-text"}'),
    "html": http_answer(b"<html>c4nary-text</html>"),
    "404": http_answer(b"c4nary-text", "404 c4nary-text"),
    "closed": b"",
    "no HTTP": b"c4nary-text\r\n\r\n",
}


def test_a_login_hides_its_password():
    assert CANARIES[0] not in repr(Client(Login("http://x/sms", "a", CANARIES[0])))


@pytest.mark.parametrize("case", ["impossible", *ANSWERS])
def test_no_failing_call_prints_a_secret(case, caplog):
    caplog.set_level(logging.DEBUG)
    text = "c4nary-text\ud800" if case == "impossible" else "c4nary-text"
    with gateway(ANSWERS.get(case, b"")) as server:
        client = Client(Login(server.login().base_url, "a", CANARIES[0]), deadline=2)
        with pytest.raises(VendorError) as error:
            client.send([CANARIES[1]], text, "1")
    printed = (
        f"{error.value!r} {error.value} {''.join(traceback.format_exception(error.value))} {caplog.text}"
    )
    source = __file__.rpartition("/")[2]
    printed = "\n".join(line for line in printed.splitlines() if source not in line)
    assert not [canary for canary in CANARIES if canary in printed]


def test_an_error_survives_a_trip_to_another_process():
    error = pickle.loads(pickle.dumps(VendorError("read_timeout", raw=b"x", elapsed_ms=5)))
    assert (error.reason, error.raw, error.elapsed_ms) == ("read_timeout", b"x", 5)
