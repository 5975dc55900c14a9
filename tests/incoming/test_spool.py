"""The database fails after a page came: the page waits on disk, and nothing more is fetched until it is in."""

import uuid

import psycopg
import pytest
from celery.signals import worker_ready
from django.db import Error, connection, transaction

from messaging import spool
from messaging.models import Alarm, DeliveryReport, UpstreamPayload
from messaging.services import payloads
from messaging.services.payloads import pulling

BODY = b'{"status":"0","list":[{"flag":1,"mid":"M1","mobile":"13900000000","stat":"DELIVRD","time":""}]}\n\xff\x00'


def page(upstream, **more):
    fields = {"payload_id": uuid.uuid4(), "account_id": upstream.pk, "kind": "report", "http_status": 200}
    return spool.RawPage(**fields | {"truncated": False, "body": BODY} | more)


def files(folder):
    return sorted(path.suffix for path in folder.glob("*"))


def calls(simulator):
    return simulator.summary()["calls"].get("report", 0)


@pytest.fixture
def cut_off(monkeypatch):
    """Let the database close our connection once, while the gateway answers."""
    real = pulling._call

    def call(client, kind):
        fetched = real(client, kind)
        monkeypatch.setattr(pulling, "_call", real)
        server = connection.connection
        with psycopg.connect(server.info.dsn, password=server.info.password, autocommit=True) as other:
            other.execute("SELECT pg_terminate_backend(%s, 5000)", [server.info.backend_pid])
        return fetched

    monkeypatch.setattr(pulling, "_call", call)


@pytest.mark.fault("G3")
@pytest.mark.django_db(transaction=True)
def test_a_page_that_cant_be_committed_is_replayed_before_the_next_is_fetched(
    upstream, simulator, spool_folder, cut_off
):
    simulator.queue_report("M1", "13900000000", "DELIVRD")
    assert payloads.pull(upstream.pk, payloads.Kind.REPORT) == 0
    assert files(spool_folder) == [".page"]
    row = UpstreamPayload.objects.get()
    assert (row.state, row.body) == ("started", None)

    payloads.replay_spool()
    assert files(spool_folder) == []
    row.refresh_from_db()
    assert row.state == "received"
    payloads.read_waiting()
    assert DeliveryReport.objects.get().mid == "M1"


@pytest.mark.fault("G3")
@pytest.mark.django_db
def test_a_pull_takes_in_what_waits_on_disk_first(upstream, simulator, spool_folder):
    spool.put(page(upstream))
    payloads.pull(upstream.pk, payloads.Kind.REPORT)
    assert files(spool_folder) == []
    assert UpstreamPayload.objects.filter(state="received").count() == 1


@pytest.mark.fault("G3", "D15")
@pytest.mark.django_db
@pytest.mark.parametrize("waiting", [True, False])
def test_nothing_is_fetched_while_the_database_cant_write(upstream, simulator, spool_folder, waiting):
    if waiting:
        spool.put(page(upstream))
    with pytest.raises(Error), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION READ ONLY")
        payloads.pull(upstream.pk, payloads.Kind.REPORT)
    assert calls(simulator) == 0
    assert files(spool_folder) == [".page"] * waiting


@pytest.mark.django_db
def test_a_page_comes_back_as_it_went(upstream, spool_folder):
    put = page(upstream, truncated=True, http_status=206, kind="mo")
    spool.put(put)
    assert [spool._read(path) for path in spool_folder.iterdir()] == [put]
    assert [path.stat().st_mode & 0o777 for path in (spool_folder, *spool_folder.iterdir())] == [0o700, 0o600]


@pytest.mark.django_db
@pytest.mark.parametrize("state", ["started", "maybe_lost", None])
def test_the_row_of_the_pull_is_used_or_made(upstream, state):
    waiting = page(upstream)
    if state:
        UpstreamPayload.objects.create(
            pk=waiting.payload_id, upstream_account=upstream, kind="report", state=state
        )
    spool.put(waiting)
    assert spool.replay() == 1
    row = UpstreamPayload.objects.get()
    assert (row.pk, row.state, bytes(row.body)) == (waiting.payload_id, "received", BODY)


@pytest.mark.django_db
def test_a_page_that_was_committed_before_the_crash_is_read_once(upstream):
    waiting = page(upstream)
    spool.commit(waiting)
    payloads.read_waiting()
    spool.put(waiting)
    spool.replay()
    assert UpstreamPayload.objects.get().state == "read"
    assert payloads.read_waiting() == 0


@pytest.mark.django_db
def test_a_worker_that_starts_takes_in_what_waits(upstream, spool_folder):
    spool.put(page(upstream))
    worker_ready.send(sender=None)
    assert files(spool_folder) == []
    assert UpstreamPayload.objects.get().state == "received"


@pytest.mark.django_db
def test_a_half_written_page_is_not_taken_in(upstream, spool_folder, monkeypatch):
    monkeypatch.setattr(spool.os, "fsync", lambda _: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        spool.put(page(upstream))
    assert files(spool_folder) == [".new"]
    assert spool.replay() == 0


@pytest.mark.django_db
def test_a_damaged_page_is_set_aside_and_holds_up_nothing(upstream, spool_folder):
    spool.put(page(upstream))
    (spool_folder / "0.page").write_bytes(b"{nonsense\n")
    assert spool.replay() == 1
    assert files(spool_folder) == [".damaged"]
    assert Alarm.objects.get().name == "spooled_page_damaged"
