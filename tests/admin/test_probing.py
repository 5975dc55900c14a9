"""The test of an upstream account says the one thing to put right; nothing is sent."""

import pytest
from django.test import Client

from accounts.models import Route, UpstreamAccount
from accounts.services import change_upstream_account
from messaging.services.probing import Fix, Step, probe
from tests.simulator.process import Simulator

pytestmark = pytest.mark.django_db

CASES = [
    ({"base_url": "http://127.0.0.1:9/sms"}, Fix.PORT, Step.CONNECTION),
    ({"base_url": "http://no-such-host.invalid/sms"}, Fix.NAME, Step.NAME),
    ({"account": "stranger"}, Fix.CODE, Step.LOGIN),
    ({"auth_mode": "md5", "md5_upper": True}, Fix.OTHER_MODE, Step.LOGIN),
    ({"is_active": False}, Fix.INACTIVE, None),
]


@pytest.mark.parametrize(("changes", "fix", "failed"), CASES, ids=[str(case[1]) for case in CASES])
def test_one_thing_is_named(
    upstream: UpstreamAccount, simulator: Simulator, changes: dict[str, object], fix: Fix, failed: Step | None
) -> None:
    change_upstream_account(upstream, changes)
    found = probe(upstream)
    assert (found.fix, found.failed) == (fix, failed)
    assert simulator.ledger() == []


ANSWERS = [
    ({"fault": "html"}, Fix.NO_GATEWAY),
    ({"fault": "http", "status": 404}, Fix.PATH),
    ({"fault": "http", "status": 502}, Fix.NO_ANSWER),
]


@pytest.mark.parametrize(("fault", "fix"), ANSWERS, ids=[str(case[1]) for case in ANSWERS])
def test_what_answers_otherwise_is_told_apart(
    upstream: UpstreamAccount, simulator: Simulator, fault: dict[str, object], fix: Fix
) -> None:
    simulator.script(fault)
    assert probe(upstream).fix == fix


def test_an_account_that_nobody_may_use_wants_a_route(upstream: UpstreamAccount) -> None:
    assert probe(upstream).fix == Fix.NOTHING
    Route.objects.all().delete()
    assert probe(upstream).fix == Fix.NO_ROUTE


@pytest.mark.parametrize(("language", "words"), [("en", "all is well"), ("zh-hans", "一切正常")])
def test_the_page_says_it_and_keeps_the_balance(
    desk: Client, upstream: UpstreamAccount, language: str, words: str
) -> None:
    path = f"/admin/accounts/upstreamaccount/{upstream.pk}/test/"
    assert desk.get(path).status_code == 200
    assert words in desk.post(path, headers={"Accept-Language": language}).content.decode()
    upstream.refresh_from_db()
    assert upstream.balance is not None


def test_a_password_is_typed_twice_stored_and_never_shown(desk: Client, upstream: UpstreamAccount) -> None:
    path = f"/admin/accounts/upstreamaccount/{upstream.pk}/password/"
    answer = desk.post(path, {"password": "n3w-s3cret", "again": "other"})
    assert answer.status_code == 200
    assert "n3w-s3cret" not in answer.content.decode()
    assert probe(upstream).fix == Fix.NOTHING
    assert desk.post(path, {"password": "n3w-s3cret", "again": "n3w-s3cret"}).status_code == 302
    upstream.refresh_from_db()
    assert probe(upstream).fix == Fix.CODE
