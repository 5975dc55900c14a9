"""An application's rate, on the wire."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connections
from rest_framework.test import APIClient

from accounts import throttling
from accounts.models import Application
from accounts.rates import Buckets
from accounts.services import create_application
from messaging.models import Message

pytestmark = pytest.mark.fault("C1")

GOOD = {"to": "13800000001", "content": "【Acme】hi"}


def limit(per_second, burst=None):
    Application.objects.update(rate_per_second=per_second, rate_burst=burst)


@pytest.mark.django_db
def test_more_than_the_rate_is_429_and_says_when(api):
    limit(0.1, 3)
    answers = [api.post("messages", GOOD) for _ in range(5)]
    assert [answer.status_code for answer in answers] == [202] * 3 + [429] * 2
    problem = answers[4].json()
    assert (problem["code"], problem["retry"]) == ("rate_limited", "later")
    assert 7 <= int(answers[4]["Retry-After"]) <= 10
    assert f"in {answers[4]['Retry-After']} seconds" in problem["detail"]
    assert Message.objects.count() == 3


@pytest.mark.django_db
def test_a_limited_application_is_told_on_every_answer(api):
    limit(0.01, 5)
    answers = [
        api.get("codes"),
        api.get("codes/NONE/1"),
        api.post("messages", {}),
        api.post("messages", GOOD),
    ]
    assert [answer.status_code for answer in answers] == [200, 404, 422, 202]
    assert {answer["RateLimit-Limit"] for answer in answers} == {"5"}
    told = [(answer["RateLimit-Remaining"], answer["RateLimit-Reset"]) for answer in answers]
    assert [remaining for remaining, _reset in told] == ["4", "3", "2", "1"]
    assert all(
        100 * used - 10 < int(reset) <= 100 * used for used, (_remaining, reset) in enumerate(told, start=1)
    )


@pytest.mark.django_db
def test_after_a_while_there_is_room_again(api):
    limit(1, 1)
    assert [api.get("codes").status_code for _ in range(2)] == [200, 429]
    time.sleep(1.1)
    assert api.get("codes").status_code == 200


@pytest.mark.django_db
def test_others_are_not_limited(api, call_as):
    limit(0.01, 1)
    other = call_as(create_application("other", environment="sandbox")[1])  # made later: without a rate
    assert [api.get("codes").status_code for _ in range(2)] == [200, 429]
    assert other.get("/api/v1/codes").status_code == 200
    assert "RateLimit-Limit" not in other.get("/api/v1/codes")


@pytest.mark.django_db
def test_without_a_rate_redis_is_not_asked(api, monkeypatch):
    def fail(*_given):
        raise AssertionError

    monkeypatch.setattr(throttling.buckets, "take", fail)
    assert api.post("messages", GOOD).status_code == 202


@pytest.mark.django_db(transaction=True)
def test_of_fifty_at_once_exactly_the_burst_passes():
    key = create_application("shop", environment="sandbox")[1]
    limit(0.001, 20)

    def one(_number):
        client = APIClient(HTTP_AUTHORIZATION=f"Bearer {key}")
        try:
            return client.post("/api/v1/messages", GOOD, format="json").status_code
        finally:
            connections.close_all()

    with ThreadPoolExecutor(50) as threads:
        assert sorted(threads.map(one, range(50))) == [202] * 20 + [429] * 30
    assert Message.objects.count() == 20


@pytest.mark.django_db
def test_while_redis_is_away_a_process_counts_alone(api, monkeypatch, settings):
    settings.CELERY_BROKER_URL = "redis://127.0.0.1:1/0"
    monkeypatch.setattr(throttling, "buckets", Buckets())
    limit(0.01, 2)
    began = time.monotonic()
    assert [api.post("messages", GOOD).status_code for _ in range(4)] == [202, 202, 429, 429]
    assert time.monotonic() - began < 1


@pytest.mark.django_db
def test_a_rate_that_is_none_is_refused(shop, client, django_user_model):
    client.force_login(django_user_model.objects.create_superuser("boss"))
    page = f"/admin/accounts/application/{shop.pk}/change/"
    management = {f"api_keys-{name}": 0 for name in ("TOTAL_FORMS", "INITIAL_FORMS")}
    given = {"name": "shop", "is_active": "on", **management}
    for rate, status in (("0", 200), ("-1", 200), ("nan", 200), ("0.5", 302)):
        assert client.post(page, given | {"rate_per_second": rate}).status_code == status, rate
    assert Application.objects.get().rate_per_second == 0.5
