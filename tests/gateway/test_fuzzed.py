"""Whatever a client sends is answered in words of the protocol, and nothing is accepted that was not well formed."""

import json
from typing import Any
from urllib.parse import quote, quote_plus

import pytest
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import GatewayLogin
from messaging.gateway import submitting
from messaging.models import Batch, Message
from tests.gateway.conftest import form

STATUSES = {"0", "1", "2", "3", "4", "5", "6", "7", "21", "100", "102"}
FORM = "application/x-www-form-urlencoded"
HARMLESS = settings(
    max_examples=120,
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)

names = st.sampled_from(
    [
        "action",
        "account",
        "password",
        "mobile",
        "content",
        "extno",
        "mobileContentList",
        "size",
        "szie",
        "rt",
        "version",
    ]
)
values = st.one_of(
    st.sampled_from(
        ["send", "p2p", "balance", "report", "mo", "922011", "secret", "10690", "13800000001", "json", "1"]
    ),
    st.text(max_size=20),
)
encoded = st.one_of(
    values.map(lambda text: quote_plus(text.encode("utf-8", "surrogatepass")).encode()),
    st.sampled_from([b"%", b"%0", b"%zz", b"%00", b"%ff", b"%e3%80", b"%ED%A0%80", b"\x00", b"\xff\xfe", b"\xc4\xe3"]),
    st.binary(max_size=12),
)  # fmt: skip
pairs = st.tuples(st.one_of(names.map(str.encode), st.binary(max_size=4)), encoded)
extras = st.lists(pairs, max_size=6).map(lambda found: b"&".join(b"=".join(pair) for pair in found))
content_types = st.sampled_from(
    [
        FORM,
        f"{FORM}; charset=gbk",
        "text/plain",
        "application/json",
        "multipart/form-data; boundary=x",
        "",
        "nonsense",
    ]
)


def asked(query: bytes, body: bytes, method: str = "POST", content_type: str = FORM) -> Any:
    return Client(raise_request_exception=False).generic(
        method, "/sms", body, content_type=content_type, QUERY_STRING=query.decode("latin-1")
    )


def status_of(answer: Any) -> str:
    """The STATUS of an answer that is one of the protocol's, in JSON or XML."""
    assert answer.status_code == 200, answer.content
    if answer["Content-Type"].startswith("application/json"):
        status = str(json.loads(answer.content)["status"])
    else:
        text = answer.content.decode()
        assert text.startswith("<returnsms><returnstatus>"), text
        message = text.partition("<message>")[2].partition("</message>")[0]
        status = "0" if message == "OK" else message
    assert status in STATUSES
    return status


@pytest.fixture(autouse=True)
def everybody_may_guess(login: GatewayLogin, monkeypatch: pytest.MonkeyPatch) -> None:
    """Wrong passwords are not the matter here; after thirty nothing else would be read."""
    monkeypatch.setattr("messaging.gateway.admission._closed_until", _Never())


class _Never(dict[str, float]):
    def get(self, key: str, default: Any = None) -> Any:
        return default


@HARMLESS
@given(query=extras, body=extras, method=st.sampled_from(["GET", "POST"]), content_type=content_types)
def test_nonsense_is_answered_and_accepts_nothing(
    query: bytes, body: bytes, method: str, content_type: str
) -> None:
    status_of(asked(query, body, method, content_type))
    assert not Batch.objects.exists()


@HARMLESS
@given(extra=extras, in_query=st.booleans())
def test_a_good_call_with_nonsense_beside_it_is_accepted_as_it_says_or_not_at_all(
    extra: bytes, in_query: bool
) -> None:
    before = Batch.objects.count()
    good = "&".join(f"{name}={quote(value)}" for name, value in form().items()).encode()
    answer = asked(extra, good) if in_query else asked(b"", good + b"&" + extra)
    accepted = status_of(answer) == "0"
    contents = [batch.content for batch in Batch.objects.order_by("-id")[: Batch.objects.count() - before]]
    assert contents == ([form()["content"]] if accepted else [])


@HARMLESS
@given(
    text=st.text(max_size=80),
    mobile=st.one_of(st.just("13800000001"), st.text(max_size=20)),
    lines=st.booleans(),
)
def test_what_is_accepted_is_what_was_written(text: str, mobile: str, lines: bool) -> None:
    before = set(Message.objects.values_list("id", flat=True))
    given_form = (
        form("p2p", mobileContentList=f"{mobile}#{text}") if lines else form(mobile=mobile, content=text)
    )
    body = "&".join(
        f"{name}={quote_plus(value.encode('utf-8', 'surrogatepass'))}" for name, value in given_form.items()
    )
    answer = asked(b"", body.encode())
    accepted = status_of(answer) == "0" and [row for row in answer.json()["list"] if row["mid"]]
    fresh = Message.objects.exclude(id__in=before).select_related("batch")
    stored = [message.content or message.batch.content for message in fresh]
    assert len(stored) == len({row["mid"] for row in accepted or ()})
    assert all(content in text for content in stored) if lines else all(content == text for content in stored)


@pytest.mark.parametrize("where", ["query", "body"])
@pytest.mark.parametrize("action", ["send", "p2p", "balance", "report", "mo"])
def test_ten_megabytes(action: str, where: str) -> None:
    good = "&".join(f"{name}={quote(value)}" for name, value in form(action).items()).encode()
    large = good + b"&x=" + b"a" * 10_000_000
    assert status_of(asked(large, b"") if where == "query" else asked(b"", large)) in {"0", "1"}
    assert not Batch.objects.exists() or where == "query"


@pytest.mark.parametrize(
    "field", ["mobile", "content", "extno", "account", "password", "size", "version", "rt"]
)
def test_a_parameter_as_long_as_a_body_may_be(field: str) -> None:
    room = 1_000_000
    given_form = form() | {field: ""}
    body = "&".join(f"{name}={quote(value)}" for name, value in given_form.items() if name != field)
    for filling in ("1", "1,", "%C2%A0"):
        answer = asked(b"", f"{body}&{field}={filling * (room // len(filling))}".encode())
        status = status_of(answer)
        assert (
            status != "0" or field in {"size", "rt"} or not any(row["mid"] for row in answer.json()["list"])
        )


def test_a_million_numbers_are_counted_before_they_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    def read(_numbers: Any) -> Any:
        raise AssertionError("read")

    monkeypatch.setattr(submitting, "normalise_all", read)
    for action, field, one in (("send", "mobile", "1,"), ("p2p", "mobileContentList", "1#a\r")):
        given_form = form(action) | {field: one * 100_000}
        body = "&".join(f"{name}={quote(value)}" for name, value in given_form.items())
        assert status_of(asked(b"", body.encode())) == "102"


@pytest.mark.parametrize("count", [50, 51, 100_000])
def test_many_parameters(count: int) -> None:
    good = "&".join(f"{name}={quote(value)}" for name, value in form("balance").items())
    extra = "".join(f"&x{number}=1" for number in range(count - len(form("balance"))))
    assert status_of(asked(b"", (good + extra).encode())) == ("0" if count <= 50 else "1")
