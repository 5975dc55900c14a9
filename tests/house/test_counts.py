"""What one piece of work costs in SQL statements and Celery tasks. Who lowers a count lowers its bound here."""

import pytest

from accounts.services import create_application, create_upstream_account
from messaging import tasks
from messaging.models import Message
from smsgateway.benchmark.counting import LANE, RECIPIENTS, Caller, count_statements
from tests.simulator.process import running_simulator

# Statements: BEGIN, COMMIT and COPY count. Tasks: for each message of a bulk request.
AT_MOST = {
    "sql-single": 1,
    "sql-bulk": 6,  # 10,000 messages in one request
    "sql-submit": 17,  # 500 messages in one call
    "sql-reports": 7.5,  # 500 reports in one page
    "tasks": 1 / 500,
}


@pytest.fixture
def key(db):
    return create_application("counted", environment="sandbox")[1]


@pytest.fixture
def account(db):
    """A gateway that takes 500 numbers a call and reports at once."""
    with running_simulator(seconds_to_report=0) as gateway:
        yield create_upstream_account(
            name="counted", environment="sandbox", base_url=gateway.url, account="922011", password="simulator",
            extno="10690", max_numbers=500, max_connections=16, default=True,
        )  # fmt: skip


class Wakeups:
    """A bell that keeps what was rung, for one who does it all in turn."""

    clock = "clock"

    def __init__(self):
        self.waiting = []

    def ring(self, task, *args, queue=None):
        self.waiting.append((task, args))

    def do_all(self):
        """Return how many tasks there were."""
        done = 0
        while self.waiting:
            task, args = self.waiting.pop(0)
            getattr(tasks, task)(*args)
            done += 1
        return done


@pytest.fixture
def bell():
    ours, before = Wakeups(), tasks._bell
    tasks.use_bell(ours)
    yield ours
    tasks.use_bell(before)


def test_statements_stay_few(key, account, bell, settings):
    settings.REMEMBER_SECONDS = 60  # on a slow machine a second passes between two requests
    counted = count_statements(key, account.pk)
    too_many = {name: count for name, count in counted.items() if count > AT_MOST[name]}
    assert not too_many, f"more than {AT_MOST}"


def test_bulk_takes_one_task_for_hundreds_of_messages(key, account, bell):
    Caller(key).bulk(0)
    done = bell.do_all()
    assert Message.objects.filter(category=LANE, state="submitted").count() == RECIPIENTS
    assert done / RECIPIENTS <= AT_MOST["tasks"]
