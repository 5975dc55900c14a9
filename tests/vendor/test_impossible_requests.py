"""Input that no request can carry is refused before anything leaves, and without repeating it."""

import pytest

from messaging.vendor.client import Client
from messaging.vendor.errors import NeverLeft
from messaging.vendor.wire import Login, mo_form, p2p_form, report_form, send_form

LOGIN = Login("http://127.0.0.1:9/sms", "a", "s3cret")
NUMBER = "13800000001"

IMPOSSIBLE = {
    "no number": lambda: send_form(LOGIN, [], "hi", "1"),
    "501 numbers": lambda: send_form(LOGIN, [str(13800000000 + n) for n in range(501)], "hi", "1"),
    "a number twice": lambda: send_form(LOGIN, [NUMBER, NUMBER], "hi", "1"),
    "a number twice in two spellings": lambda: send_form(LOGIN, [NUMBER, f"+86{NUMBER}"], "hi", "1"),
    "a number with a comma": lambda: send_form(LOGIN, ["138,139"], "hi", "1"),
    "an empty number": lambda: send_form(LOGIN, [" "], "hi", "1"),
    "an empty text": lambda: send_form(LOGIN, [NUMBER], "", "1"),
    "half a letter": lambda: send_form(LOGIN, [NUMBER], "hi\ud83d", "1"),
    "no pair": lambda: p2p_form(LOGIN, [], "1"),
    "a number twice by p2p": lambda: p2p_form(LOGIN, [(NUMBER, "a"), (NUMBER, "b")], "1"),
    "CR by p2p": lambda: p2p_form(LOGIN, [(NUMBER, "a\rb")], "1"),
    "LF by p2p": lambda: p2p_form(LOGIN, [(NUMBER, "a\nb")], "1"),
    "a number with #": lambda: p2p_form(LOGIN, [("138#1", "a")], "1"),
    "half a letter by p2p": lambda: p2p_form(LOGIN, [(NUMBER, "\udc00")], "1"),
    "too few reports": lambda: report_form(LOGIN, 9),
    "too many reports": lambda: report_form(LOGIN, 10_001),
    "too few inbound": lambda: mo_form(LOGIN, 9),
    "too many inbound": lambda: mo_form(LOGIN, 1_001),
    "half a letter in the password": lambda: Login("http://x/sms", "a", "\ud800"),
}


@pytest.mark.parametrize("case", IMPOSSIBLE)
def test_impossible_input_is_a_plain_value_error(case):
    with pytest.raises(ValueError, match=r"^[a-z0-9 ,()#-]+") as refusal:
        IMPOSSIBLE[case]()
    assert type(refusal.value) is ValueError
    assert NUMBER not in str(refusal.value)


def test_a_text_with_line_breaks_may_travel_by_send():
    assert dict(send_form(LOGIN, [NUMBER], "a\r\nb", "1"))["content"] == "a\r\nb"


def test_the_client_says_that_an_impossible_request_never_left():
    with pytest.raises(NeverLeft) as error:
        Client(LOGIN).p2p([(NUMBER, "a\nb")], "1")
    assert error.value.reason == "not_encodable"
