"""Wrong keys: one answer for all of them, and a limit for whoever guesses."""

import logging
import secrets
import statistics
import time

import pytest
from django.db.models.functions import Now
from rest_framework.test import APIClient

from accounts.authentication import WRONG_KEYS
from accounts.models import ApiKey, Application
from accounts.services import create_api_key, create_application, revoke_api_key
from messaging import alarming
from messaging.api.authentication import ApiAuthentication
from messaging.models import Alarm
from messaging.services import alarms

pytestmark = pytest.mark.django_db

ALLOWED = WRONG_KEYS.burst


@pytest.fixture(autouse=True)
def no_alarm_yet(monkeypatch):
    monkeypatch.setattr(ApiAuthentication, "_quiet_until", 0.0)


@pytest.fixture
def wrong_keys(shop):
    """A header for each way in which a key can be wrong."""
    expired, revoked, good = (create_api_key(shop, force=True)[1] for _ in range(3))
    inactive = create_application("off", environment="sandbox")[1]
    Application.objects.filter(name="off").update(is_active=False)
    ApiKey.objects.filter(prefix=expired.split("_")[1]).update(expires_at=Now())
    revoke_api_key(revoked.split("_")[1])
    return {
        "malformed": "Bearer sgw_" + "x" * 56,
        "unknown": f"Bearer sgw_{'0' * 12}_{secrets.token_urlsafe(32)}",
        "wrong secret": f"Bearer {good[:20]}{secrets.token_urlsafe(32)}",
        "expired": f"Bearer {expired}",
        "revoked": f"Bearer {revoked}",
        "inactive": f"Bearer {inactive}",
    }


def ask(header=None, address="192.0.2.1"):
    more = {} if header is None else {"HTTP_AUTHORIZATION": header}
    return APIClient(REMOTE_ADDR=address).get("/api/v1/codes/STAT/DELIVRD", **more)


def guess(number=0, address="192.0.2.1"):
    return ask(f"Bearer sgw_{number:012x}_{'x' * 43}", address)


@pytest.mark.fault("F1")
def test_every_wrong_key_and_none_get_the_same_answer(wrong_keys):
    others = [None, "", "Bearer", "Basic YTpi", "sgw_x", "Bearer a b c", "Bearer \xff"]
    answers = [ask(header) for header in [*wrong_keys.values(), *others]]
    bodies = [answer.json() | {"request_id": None} for answer in answers]
    assert {answer.status_code for answer in answers} == {401}
    assert bodies == [bodies[0]] * len(bodies)
    assert {answer.headers["WWW-Authenticate"] for answer in answers} == {'Bearer realm="smsgateway"'}


@pytest.mark.fault("F1")
def test_every_wrong_key_takes_the_same_time(wrong_keys, django_assert_num_queries):
    """The same statements; and the quickest tries, which the machine's other work does not show in, lie together."""
    for header in wrong_keys.values():
        with django_assert_num_queries(1):
            ask(header)
    took = {name: [] for name in wrong_keys}

    def lie_together():
        for turn in range(50):
            for name, header in wrong_keys.items():
                began = time.perf_counter()
                ask(header, f"192.0.2.{turn}")
                took[name].append(time.perf_counter() - began)
        quick = [statistics.mean(sorted(times)[:10]) for times in took.values()]
        return max(quick) < 1.3 * min(quick)

    assert any(lie_together() for _more in range(6)), took


@pytest.mark.fault("F5")
def test_who_guesses_is_limited_and_others_are_not(api, call_as):
    began = time.monotonic()
    answers = [guess(number) for number in range(1000)]
    most = ALLOWED + 1 + WRONG_KEYS.per_second * (time.monotonic() - began)
    statuses = [answer.status_code for answer in answers]
    assert statuses[:ALLOWED] == [401] * ALLOWED
    assert ALLOWED <= statuses.count(401) <= most
    assert set(statuses) == {401, 429}
    refused = next(answer for answer in reversed(answers) if answer.status_code == 429)
    assert (refused.json()["code"], refused.json()["retry"]) == ("too_many_wrong_keys", "later")
    assert 1 <= int(refused["Retry-After"]) <= 2
    # Another address, and a valid key from the same one.
    assert guess(1, "192.0.2.2").status_code == 401
    good = call_as(create_api_key(Application.objects.get(), force=True)[1])
    assert good.get("/api/v1/codes/STAT/DELIVRD", REMOTE_ADDR="192.0.2.1").status_code == 200
    assert good.get("/api/v1/codes/STAT/DELIVRD", REMOTE_ADDR="192.0.2.1").status_code == 200


@pytest.mark.fault("F5")
def test_a_wrong_key_that_comes_with_a_message_counts_once():
    client = APIClient(HTTP_AUTHORIZATION="Bearer nonsense")
    message = {"to": "13800000001", "content": "【Acme】hi"}
    answers = [client.post("/api/v1/messages", message, format="json") for _ in range(ALLOWED + 3)]
    assert [answer.status_code for answer in answers][:ALLOWED] == [401] * ALLOWED
    assert answers[-1].status_code == 429


@pytest.mark.fault("F5")
def test_guessing_is_one_alarm(monkeypatch):
    real, sounded = alarming.sound, []
    monkeypatch.setattr(alarming, "sound", lambda *a, **k: sounded.append(a) or real(*a, **k))
    for number in range(ALLOWED):
        guess(number)
    assert not Alarm.objects.exists()
    for number in range(50):
        guess(number)
    assert len(sounded) == 1  # a thousand guesses do not write a thousand times
    alarm = Alarm.objects.get()
    assert (alarm.name, alarm.ended_at) == ("key_guessing", None)
    assert "192.0.2.1" in alarm.detail
    assert "sgw_" not in alarm.detail
    Alarm.objects.update(last_seen_at=Now() - alarms.timedelta(days=2))
    alarms.end_quiet()
    assert Alarm.objects.get().ended_at


@pytest.mark.fault("F5")
def test_wrong_keys_are_counted_where_they_really_come_from(settings):
    settings.TRUSTED_PROXY_HOPS = 1

    def through_our_proxy(forwarded):
        client = APIClient(REMOTE_ADDR="10.9.9.9", HTTP_X_FORWARDED_FOR=forwarded)
        return client.get("/api/v1/codes/STAT/DELIVRD", HTTP_AUTHORIZATION="Bearer nonsense").status_code

    for number in range(ALLOWED):
        through_our_proxy(f"10.0.0.{number}, 2001:db8::{number:x}")
    assert through_our_proxy("10.0.0.1, 2001:db8::ffff") == 429
    assert through_our_proxy("10.0.0.1, 192.0.2.1") == 401
    for _ in range(ALLOWED):
        through_our_proxy("made up")
    assert through_our_proxy("made up, too") == 429


@pytest.mark.fault("F5")
def test_who_sends_no_key_is_not_a_guesser():
    assert {ask().status_code for _ in range(ALLOWED + 5)} == {401}


@pytest.mark.fault("F5")
def test_an_alarm_that_cant_be_stored_changes_no_answer(monkeypatch, caplog):
    def fail(*_given, **_named):
        raise alarms.DatabaseError

    monkeypatch.setattr("messaging.alarming.sound", fail)
    with caplog.at_level(logging.CRITICAL):
        assert {guess(number).status_code for number in range(ALLOWED + 5)} == {401, 429}
