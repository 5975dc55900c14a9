"""What every request asks anew is kept for a moment, and never keeps anybody out."""

import pytest

from accounts.models import Application
from accounts.remembered import Remembered
from accounts.services import create_api_key, revoke_api_key

pytestmark = pytest.mark.django_db


@pytest.fixture
def moments(monkeypatch):
    """A clock that stands still until it is moved."""
    now = [1000.0]
    monkeypatch.setattr("time.monotonic", lambda: now[0])
    return now


def test_an_answer_is_read_once_in_a_while(moments, settings):
    asked = []
    remembered = Remembered(lambda key: asked.append(key) or f"answer to {key}")
    assert [remembered.get("a"), remembered.get("a"), remembered.get("b")] == ["answer to a"] * 2 + [
        "answer to b"
    ]
    moments[0] += settings.REMEMBER_SECONDS
    remembered.get("a")
    assert asked == ["a", "b", "a"]


def test_what_is_not_worth_keeping_is_read_each_time():
    asked = []
    remembered = Remembered(asked.append)
    assert [remembered.get("a"), remembered.get("a")] == [None, None]
    assert asked == ["a", "a"]


def test_memory_does_not_grow_for_ever(monkeypatch):
    monkeypatch.setattr("accounts.remembered.MOST_KEPT", 3)
    asked = []
    remembered = Remembered(lambda key: asked.append(key) or "answer")
    for key in "abcdabcd":
        remembered.get(key)
    assert len(asked) > 4


def test_a_key_costs_one_query_a_second(api, django_assert_num_queries):
    api.get("codes")
    with django_assert_num_queries(0):
        assert api.get("codes").status_code == 200


def test_a_revoked_key_is_refused_a_second_later(api, moments, settings):
    assert api.get("codes").status_code == 200
    revoke_api_key(Application.objects.get().api_keys.get().prefix)
    moments[0] += settings.REMEMBER_SECONDS
    assert api.get("codes").status_code == 401


def test_the_secret_counts_and_not_only_the_prefix(api, shop_key, call_as):
    assert call_as(shop_key).get("/api/v1/codes").status_code == 200
    wrong = shop_key[:-1] + ("a" if shop_key[-1] != "a" else "b")
    assert call_as(wrong).get("/api/v1/codes").status_code == 401


@pytest.fixture
def shop_key(api):
    return create_api_key(Application.objects.get())[1]
