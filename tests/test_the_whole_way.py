"""Posted by HTTP, sent by a real worker process through a real broker, seen delivered."""

import json
import os
import subprocess
import sys
import urllib.request
from collections import Counter

import pytest
import redis
from django.conf import settings
from django.db import connection

from accounts.services import create_application, create_upstream_account
from messaging.models import Message
from smsgateway.schedule import WORKERS
from tests.simulator.process import ROOT, eventually, running_simulator

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(120)]


@pytest.fixture
def workers(transactional_db, redis_database):
    """One worker for every queue, and the clock."""
    database = connection.settings_dict
    url = f"postgres://{database['USER']}:{database['PASSWORD']}@{database['HOST']}:{database['PORT']}/{database['NAME']}"
    environment = os.environ | {"DATABASE_URL": url, "REPORT_POLL_SECONDS": "0.5", "MO_POLL_SECONDS": "1"}
    queues = ",".join(queue for worker in WORKERS for queue in worker.queues)
    celery = [sys.executable, "-m", "celery", "-A", "smsgateway"]
    programs = [
        [*celery, "worker", "-n", "tests@%h", "--queues", queues, "--pool", "threads", "--concurrency", "6"],
        [*celery, "beat", "--schedule", os.environ["SMSGATEWAY_HOME"] + "/beat"],
    ]
    children = [subprocess.Popen(program, cwd=ROOT, env=environment) for program in programs]
    yield
    for child in children:
        child.terminate()
    for child in children:
        child.wait(timeout=30)


@pytest.fixture
def redis_database():

    redis.Redis.from_url(settings.CELERY_BROKER_URL).flushdb()


def post(server, key, path, body):
    request = urllib.request.Request(
        f"{server.url}/api/v1/{path}",
        json.dumps(body).encode(),
        {"Authorization": f"Bearer {key}", "Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.load(answer)


def test_ten_thousand_messages_by_http_end_as_the_gateways_ledger_says(live_server, workers):
    with running_simulator(seconds_to_report=0.2) as simulator:
        create_upstream_account(
            name="simulator", environment="sandbox", base_url=simulator.url, account="922011", password="simulator",
            extno="10690", max_numbers=500, default=True,
        )  # fmt: skip
        key = create_application("shop", environment="sandbox")[1]
        one = post(
            live_server, key, "messages", {"to": "13700000000", "content": "【A】4711", "category": "otp"}
        )
        shared = [f"138{n:08d}" for n in range(4999)]
        own = [{"to": f"139{n:08d}", "content": f"【A】order {n}"} for n in range(4998)]
        own += [{"to": "19900020029", "content": "x"}, {"to": "19900010017", "content": "y"}]
        post(live_server, key, "batches", {"to": shared, "content": "【A】hi"})
        post(live_server, key, "batches", {"messages": own})

        def settled():
            return not Message.objects.filter(state__in=("queued", "submitted")).exists()

        eventually(settled, seconds=90)
        assert Message.objects.get(pk=one["id"]).state == "delivered"
        states = Counter(Message.objects.values_list("state", flat=True))
        assert states == {"delivered": 9998, "undelivered": 1, "rejected": 1}
        ledger = simulator.ledger()
        theirs = {row["mobile"]: row["mid"] for row in ledger}
        ours = dict(Message.objects.exclude(state="rejected").values_list("mobile", "mid"))
        assert len(ledger) == len(theirs) == 9999
        assert ours == theirs
