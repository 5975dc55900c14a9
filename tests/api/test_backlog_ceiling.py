"""A lane that is full takes no more; what waits in it and the other lanes go on."""

import time

import pytest
from django.db import OperationalError, connection

from messaging import backlog, selectors
from messaging.backlog import Readings, seconds_until_room
from messaging.models import Message
from messaging.selectors import Backlog

pytestmark = [pytest.mark.django_db, pytest.mark.fault("C3")]

MARKETING = {"to": "13800000001", "content": "【Acme】hi", "category": "marketing"}


@pytest.fixture(autouse=True)
def read_each_time(monkeypatch):
    monkeypatch.setattr(backlog, "READ_SECONDS", 0)
    monkeypatch.setattr(backlog, "SHARE", 0)
    monkeypatch.setattr(backlog, "_readings", Readings())


@pytest.fixture
def full(api, upstream, settings):
    """Marketing waits up to the ceiling of five: a batch of four, and a single."""
    settings.MAX_BACKLOG_MESSAGES = 5
    batch = MARKETING | {"to": [f"1380000001{number}" for number in range(4)]}
    assert api.post("batches", batch).status_code == 202
    assert api.post("messages", MARKETING).status_code == 202
    return api


@pytest.mark.parametrize("path", ["messages", "batches"])
def test_a_full_lane_is_503_and_says_when(full, path):
    body = MARKETING if path == "messages" else MARKETING | {"to": ["13800000001"]}
    answer = full.post(path, body)
    problem = answer.json()
    assert (answer.status_code, problem["code"], problem["retry"]) == (503, "backlog_full", "later")
    assert answer["Retry-After"] == "5"
    assert "5 messages of the category marketing wait" in problem["detail"]
    assert Message.objects.count() == 5


def test_other_lanes_are_not_refused(full):
    for category in ("otp", "notification"):
        assert full.post("messages", MARKETING | {"category": category}).status_code == 202


def test_what_waits_is_sent_and_then_there_is_room(full, submit_all):
    assert full.post("messages", MARKETING).status_code == 503
    submit_all("marketing")
    assert not Message.objects.exclude(state="submitted").exists()
    assert full.post("messages", MARKETING).status_code == 202


def test_what_is_not_due_yet_does_not_count(api, settings):
    settings.MAX_BACKLOG_MESSAGES = 1
    with connection.cursor() as cursor:
        cursor.execute("SELECT statement_timestamp() + interval '1 hour'")
        later = cursor.fetchone()[0].isoformat()
    assert api.post("messages", MARKETING | {"send_at": later}).status_code == 202
    assert api.post("messages", MARKETING).status_code == 202
    assert api.post("messages", MARKETING).status_code == 503


def test_a_mistake_is_told_before_the_ceiling(full):
    assert full.post("messages", MARKETING | {"to": "12"}).status_code == 422


def test_a_replay_is_answered_by_a_full_lane(api, upstream, settings):
    settings.MAX_BACKLOG_MESSAGES = 1
    first = api.post("messages", MARKETING, **{"Idempotency-Key": "k"})
    assert api.post("messages", MARKETING).status_code == 503
    again = api.post("messages", MARKETING, **{"Idempotency-Key": "k"})
    assert (again.status_code, again.json()) == (202, first.json())


def test_without_a_ceiling_nothing_is_read(full, settings, monkeypatch):
    settings.MAX_BACKLOG_MESSAGES = 0
    monkeypatch.setattr(selectors, "backlog", None)
    assert full.post("messages", MARKETING).status_code == 202


def test_a_backlog_that_cant_be_read_refuses_nobody(full, monkeypatch):
    def fail():
        raise OperationalError

    monkeypatch.setattr(selectors, "backlog", fail)
    monkeypatch.setattr(backlog, "_readings", Readings())
    assert full.post("messages", MARKETING).status_code == 202


def test_it_is_read_once_a_second_and_a_slow_reading_less_often(monkeypatch):
    monkeypatch.setattr(backlog, "READ_SECONDS", 1.0)
    monkeypatch.setattr(backlog, "SHARE", 20)
    now, read, took = [1000.0], [], [0.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])

    def slowly():
        now[0] += took[0]
        read.append(now[0])
        return []

    monkeypatch.setattr(selectors, "backlog", slowly)
    readings = Readings()
    for _ in range(20):
        readings.of("otp")
        now[0] += 0.125
    assert len(read) == 3
    now[0], took[0] = 2000.0, 0.5
    readings.of("otp")
    now[0] += 9
    readings.of("otp")
    assert len(read) == 4
    now[0] += 1
    readings.of("otp")
    assert len(read) == 5


@pytest.mark.parametrize(
    ("messages", "oldest", "expected"),
    [(1000, 0.0, 5.0), (1000, 200.0, 10.0), (2000, 200.0, 105.0), (1_000_000, 9000.0, 600.0)],
)
def test_the_estimate_follows_what_the_oldest_has_waited(messages, oldest, expected):
    assert seconds_until_room(Backlog("otp", messages, oldest), 1000) == pytest.approx(expected)
