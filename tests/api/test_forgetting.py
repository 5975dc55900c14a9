"""What is kept of requests goes when it is over, and not before."""

import pytest

from messaging.models import IdempotencyKey, JobLease
from messaging.services import forgetting

pytestmark = pytest.mark.django_db


def keys(api, count):
    for number in range(count):
        api.post("messages", {"to": "13800000001", "content": "hi"}, **{"Idempotency-Key": f"k-{number}"})


def test_only_what_is_over_goes(api):
    keys(api, 3)
    IdempotencyKey.objects.filter(key="k-1").update(created_at="2026-01-01T00:00:00Z")
    assert forgetting.forget_requests() == 1
    assert set(IdempotencyKey.objects.values_list("key", flat=True)) == {"k-0", "k-2"}


def test_a_lot_goes_in_steps(api, monkeypatch):
    monkeypatch.setattr(forgetting, "AT_A_TIME", 2)
    keys(api, 5)
    IdempotencyKey.objects.update(created_at="2026-01-01T00:00:00Z")
    assert forgetting.forget_requests() == 5


def test_two_at_once_are_harmless(api):
    keys(api, 1)
    IdempotencyKey.objects.update(created_at="2026-01-01T00:00:00Z")
    JobLease.objects.create(
        name="forget requests", holder="01980000-0000-7000-8000-000000000000", until="2099-01-01T00:00:00Z"
    )
    assert forgetting.forget_requests() == 0
