"""Every STATUS and RESULT of the document, from the cause that its tables name (sections 7, 8 and 10)."""

import hashlib
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any
from urllib.parse import urlencode

import pytest
from django.db import OperationalError
from django.test import Client

from accounts.live_calls import live_calls
from accounts.logins import change_login_password
from accounts.models import Application, GatewayLogin, Purse, Route, UpstreamAccount
from messaging.exceptions import MaybeStored
from messaging.gateway import submitting
from messaging.models import Message
from messaging.services import intake
from tests.gateway.conftest import ACME, NUMBER, change, form, post, prepay


def refused(answer: Any, status: str) -> None:
    assert answer["status"] == status
    assert answer["list"] == []
    assert not Message.objects.exists()


@pytest.mark.parametrize("missing", ["action", "account", "password", "mobile", "content", "extno"])
def test_status_1_what_misses_a_parameter(login: GatewayLogin, missing: str) -> None:
    given = form()
    del given[missing]
    answer = Client().post("/sms", urlencode(given), content_type="application/x-www-form-urlencoded")
    refused(answer.json(), "1")


@pytest.mark.parametrize(
    "raw",
    [
        "content=%E3%80",
        "content=%FF",
        "content=%zz",
        "content=a%",
        "content=a%00b",
        "content=",
        "content=++",
        "mobile=",
        "mobile=abc",
        "action=nothing",
        "content=a&content=b",
        "mobile=12,13",
    ],
)
def test_status_1_what_cannot_be_read(login: GatewayLogin, raw: str) -> None:
    name = raw.partition("=")[0]
    given = {key: value for key, value in form().items() if key != name}
    body = urlencode(given) + "&" + raw
    answer = Client(raise_request_exception=False).post(
        "/sms", body, content_type="application/x-www-form-urlencoded"
    )
    assert answer.status_code == 200
    refused(answer.json(), "1")


def test_status_2_another_network(sms: Callable[..., Any], login: GatewayLogin) -> None:
    change(networks=["10.0.0.0/8"])
    refused(sms(), "2")
    change(networks=["127.0.0.0/8"])
    assert sms()["status"] == "0"


@pytest.mark.parametrize("given", [{"password": "wrong"}, {"account": "nobody"}])
def test_status_3_wrong_account_or_password(sms: Callable[..., Any], given: dict[str, str]) -> None:
    refused(sms(**given), "3")


def test_status_4_another_version(sms: Callable[..., Any]) -> None:
    refused(sms(version="3"), "4")
    assert sms(version="1.0")["status"] == "0"


def test_status_5_another_error_the_quota(sms: Callable[..., Any], shop: Application) -> None:
    Application.objects.update(daily_quota=1)
    refused(sms(mobile="13800000001,13800000002"), "5")


def test_status_6_a_login_for_another_access_point(sms: Callable[..., Any]) -> None:
    change(protocol="cmpp")
    refused(sms(), "6")


def test_status_7_a_disabled_login(sms: Callable[..., Any]) -> None:
    change(is_active=False)
    refused(sms(), "7")


def test_status_7_a_disabled_application(sms: Callable[..., Any]) -> None:
    Application.objects.update(is_active=False)
    refused(sms(), "7")


def test_status_21_too_many_connections(sms: Callable[..., Any], login: GatewayLogin) -> None:
    change(max_connections=2)
    with ExitStack() as calls:
        for _ in range(2):
            calls.enter_context(live_calls.one_of(f"login:{login.pk}", 2))
        refused(sms(), "21")
    assert sms()["status"] == "0"


def test_status_21_somebody_who_guesses(sms: Callable[..., Any]) -> None:
    answers = {sms(password=f"guess{number}")["status"] for number in range(35)}
    assert answers == {"3", "21"}
    refused(sms(), "21")


def test_status_100_no_account_that_could_send(sms: Callable[..., Any]) -> None:
    Route.objects.all().delete()
    refused(sms(), "100")


def test_status_100_storage_is_away(sms: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_args: Any, **_more: Any) -> None:
        raise OperationalError("away")

    monkeypatch.setattr(intake, "store_batch", away)
    refused(sms(), "100")


def test_status_102_too_many_numbers(sms: Callable[..., Any]) -> None:
    refused(sms(mobile=",".join(str(13800000000 + number) for number in range(501))), "102")


def test_result_10_another_extno_and_its_fix(sms: Callable[..., Any]) -> None:
    assert [row["result"] for row in sms(extno="999")["list"]] == [10]
    assert not Message.objects.exists()
    assert [row["result"] for row in sms(extno="10690")["list"]] == [0]


def test_result_15_no_money_and_its_fixes(sms: Callable[..., Any], shop: Application) -> None:
    prepay(shop, 44)
    assert [row["result"] for row in sms()["list"]] == [15]
    assert not Message.objects.exists()
    prepay(shop, 1)
    assert [row["result"] for row in sms()["list"]] == [0]
    assert [row["result"] for row in sms()["list"]] == [15]
    Purse.objects.update(charge_type="POSTCHARGE")
    assert [row["result"] for row in sms()["list"]] == [0]


def test_result_17_no_filed_signature_and_its_fixes(sms: Callable[..., Any]) -> None:
    change(signature_check=True, signatures=["【Acme】"])
    assert [row["result"] for row in sms(content="hi")["list"]] == [17]
    assert [row["result"] for row in sms(content="【Other】hi")["list"]] == [17]
    assert not Message.objects.exists()
    assert [row["result"] for row in sms(content=ACME)["list"]] == [0]
    change(signature_check=False)
    assert [row["result"] for row in sms(content="hi", mobile="13800000002")["list"]] == [0]


def test_result_17_where_the_upstream_account_checks(
    sms: Callable[..., Any], upstream: UpstreamAccount
) -> None:
    UpstreamAccount.objects.update(signature_check=True)
    assert [row["result"] for row in sms(content="hi")["list"]] == [17]
    assert [row["result"] for row in sms("p2p", mobileContentList=f"{NUMBER}#hi")["list"]] == [17]


def test_a_postpaid_login_is_refused_beyond_its_credit_line(sms: Callable[..., Any]) -> None:
    Purse.objects.update(credit_line=45)
    assert [row["result"] for row in sms()["list"]] == [0]
    assert [row["result"] for row in sms()["list"]] == [15]


@pytest.mark.parametrize("action", ["send", "p2p", "balance"])
@pytest.mark.parametrize("upper", [False, True])
def test_md5(sms: Callable[..., Any], action: str, upper: bool) -> None:
    signed = {
        "send": f"secret10690{ACME}{NUMBER}",
        "p2p": f"secret10690{NUMBER}#{ACME}",
        "balance": "secret",
    }[action]
    digest = hashlib.md5(signed.encode()).hexdigest()
    change(auth_mode="md5")
    assert str(sms(action, password=digest.upper() if upper else digest)["status"]) == "0"
    assert str(sms(action)["status"]) == "3"
    change(auth_mode="plain")
    assert str(sms(action, password=digest)["status"]) == "3"


def test_a_password_that_was_just_changed_counts(sms: Callable[..., Any], login: GatewayLogin) -> None:
    assert sms()["status"] == "0"
    change_login_password(login, "newer")
    assert sms(password="newer")["status"] == "0"


def test_nobody_knows_whether_it_was_stored(sms: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    def maybe(*_args: Any, **_more: Any) -> None:
        raise MaybeStored("?", retry="after_fix")

    monkeypatch.setattr(submitting, "accept_batch", maybe)
    answer = post()
    assert (answer.status_code, answer.content) == (500, b"")
