"""A disaster, rehearsed: dumped by pg_dump, sent on, restored by pg_restore, and nobody gets a message twice."""

import os
import subprocess
import sys
import uuid
from collections import Counter
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from urllib.parse import urlunsplit

import psycopg
import pytest
from django.db import connection

from messaging.models import Attempt, Message
from messaging.services.submission import claim, submit_claimed
from smsgateway.local.binaries import find_postgres
from tests.faults.invariants import check
from tests.simulator.process import ROOT, eventually

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(120)]

NOBODY_THERE = "redis://127.0.0.1:9/0"  # so the pump does all the work in one process
ACCEPT = """
import django; django.setup()
from accounts.models import Application
from messaging.services.intake import Item, Options, accept_message
print(accept_message(Application.objects.get(), Item("13900000099", "【Acme】after the restore"), Options()).message.pk)
"""


def url_of(database):
    there = connection.settings_dict
    at = f"{there['USER']}:{there['PASSWORD']}@{there['HOST']}:{there['PORT']}"
    return urlunsplit(("postgres", at, f"/{database}", "", ""))


@pytest.fixture
def other_database(transactional_db):
    """An empty database on the same server; its name."""
    name = f"restored_{uuid.uuid4().hex[:8]}"
    with closing(psycopg.connect(url_of("postgres"), autocommit=True)) as server:
        server.execute(f"CREATE DATABASE {name} TEMPLATE template0")
        yield name
        server.execute(f"DROP DATABASE {name} WITH (FORCE)")


def postgres_program(name, *arguments):
    subprocess.run([find_postgres().folder / name, *arguments], check=True, timeout=60)


class Restored:
    """The restored database, and programs run on it as operators run them."""

    def __init__(self, database):
        self.url = url_of(database)
        self.environment = os.environ | {
            "DATABASE_URL": self.url,
            "REDIS_URL": NOBODY_THERE,
            "DJANGO_SETTINGS_MODULE": "smsgateway.settings",
        }

    def python(self, *arguments):
        child = subprocess.run(
            [sys.executable, *arguments], cwd=ROOT, env=self.environment, capture_output=True, text=True, timeout=60
        )  # fmt: skip
        assert child.returncode == 0, child.stderr
        return child.stdout.strip()

    @contextmanager
    def pump(self):
        child = subprocess.Popen([sys.executable, "manage.py", "pump"], cwd=ROOT, env=self.environment)
        try:
            yield
        finally:
            child.terminate()
            child.wait(timeout=30)

    def all(self, query, *parameters):
        with psycopg.connect(self.url) as restored:
            return restored.execute(query, parameters or None).fetchall()

    def one(self, query, *parameters):
        return self.all(query, *parameters)[0][0]

    def state_of(self, message_id):
        return self.one("SELECT state FROM messaging_message WHERE id = %s", message_id)

    def is_looked_at(self, message_id):
        """Whether a worker has claimed it and put it off: it goes with a chunk, and that is parked."""
        return self.one(
            "SELECT count(*) FROM messaging_message m JOIN messaging_chunk c ON c.id = m.chunk_id AND c.parked"
            " WHERE m.id = %s",
            message_id,
        )


@pytest.fixture
def waiting_when_dumped(api, upstream, submit_all):
    """Ten are sent; then wait: a batch of three chunks, two calls under way, some singles, one for tomorrow."""
    type(upstream).objects.update(max_numbers=10, max_connections=5)
    api.post("batches", {"to": [f"138000000{n:02d}" for n in range(10)], "content": "【Acme】sent before"})
    assert submit_all() == 1
    api.post("batches", {"to": [f"138000001{n:02d}" for n in range(50)], "content": "【Acme】waiting"})
    for n in range(5):
        api.send(f"138000002{n:02d}")
    api.send("13900000001", send_at=(datetime.now(UTC) + timedelta(days=1)).isoformat())
    prepared, in_flight = claim("notification"), claim("notification")
    Attempt.objects.filter(pk=in_flight.attempt_id).update(state="in_flight")
    return prepared, in_flight


@pytest.mark.fault("D21")
def test_nobody_gets_a_message_twice(
    api, simulator, submit_all, waiting_when_dumped, other_database, tmp_path
):
    backup_time = datetime.now(UTC)
    dump = tmp_path / "dump"
    postgres_program("pg_dump", "--format=custom", f"--file={dump}", url_of(connection.settings_dict["NAME"]))
    prepared, in_flight = waiting_when_dumped
    Attempt.objects.filter(pk=in_flight.attempt_id).update(state="prepared")
    for claimed in (prepared, in_flight):
        submit_claimed(claimed)
    api.send("13900000002")
    submit_all()
    assert Counter(Message.objects.values_list("state", flat=True)) == {"submitted": 66, "queued": 1}
    sent = simulator.ledger()
    assert len(sent) == 66

    postgres_program("pg_restore", "--exit-on-error", f"--dbname={url_of(other_database)}", str(dump))
    restored = Restored(other_database)
    said = restored.python("manage.py", "restored", "--backup-time", backup_time.isoformat())
    assert "55 messages became unknown" in said
    assert "1 scheduled messages stay queued" in said
    with restored.pump():
        new = restored.python("-c", ACCEPT)
        eventually(lambda: restored.is_looked_at(new), seconds=30)
        assert simulator.ledger() == sent
        assert "1 hold ended" in restored.python("manage.py", "release", "--all")
        eventually(lambda: restored.state_of(new) == "delivered", seconds=30)
    per_number = Counter(row["mobile"] for row in simulator.ledger())
    assert per_number == Counter(row["mobile"] for row in sent) + Counter(["13900000099"])
    assert set(per_number.values()) == {1}
    assert restored.one("SELECT count(*) FROM messaging_message WHERE state = 'queued'") == 1
    assert restored.one("SELECT count(*) FROM messaging_message WHERE possible_duplicate") == 0
    assert check(restored.all, simulator.ledger(), settled=True).everything() == []
