"""A pull that died: what it may have lost is said, and what it had committed is read."""

import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from django.db.models.functions import Now

from messaging.models import Alarm, DeliveryReport, UpstreamPayload
from messaging.services import payloads
from messaging.services.payloads import pausing
from tests.incoming.programs import environment

ROOT = Path(__file__).resolve().parents[2]
# A program that pulls and is killed with -9 in the middle of it.
PULL = """
import os, signal, sys, django
django.setup()
from messaging import spool
from messaging.services.payloads import pulling
def die(*_):
    os.kill(os.getpid(), signal.SIGKILL)
setattr({"spool": spool, "pulling": pulling}[sys.argv[2]], sys.argv[3], die)
pulling.pull(int(sys.argv[1]), "report")
"""


def pull_and_die_at(upstream, module, function):
    program = [sys.executable, "-c", PULL, str(upstream.pk), module, function]
    assert subprocess.run(program, cwd=ROOT, env=environment(), timeout=60).returncode == -9


def started(upstream, seconds_ago):
    return UpstreamPayload.objects.create(
        upstream_account=upstream,
        kind="report",
        state="started",
        started_at=Now() - timedelta(seconds=seconds_ago),
    )


@pytest.mark.fault("G1")
@pytest.mark.django_db(transaction=True)
def test_killed_before_the_commit_a_page_may_be_lost(upstream, simulator):
    simulator.queue_report("M1", "13900000000", "DELIVRD")
    pull_and_die_at(upstream, "spool", "commit")
    assert len(simulator.handed()) == 1
    UpstreamPayload.objects.update(started_at=Now() - timedelta(seconds=pausing.lease_seconds() + 1))
    assert payloads.sweep_fetches() == 1
    assert UpstreamPayload.objects.get().state == "maybe_lost"
    assert Alarm.objects.get().name == "fetch_maybe_lost"


@pytest.mark.fault("G2")
@pytest.mark.django_db(transaction=True)
def test_killed_after_the_commit_the_page_is_read_once(upstream, simulator):
    simulator.queue_report("M1", "13900000000", "DELIVRD")
    pull_and_die_at(upstream, "pulling", "read")
    assert UpstreamPayload.objects.get().state == "received"
    payloads.read_waiting()
    payloads.read_waiting()
    assert DeliveryReport.objects.get().mid == "M1"
    assert payloads.sweep_fetches() == 0


@pytest.mark.django_db
def test_a_pull_that_may_still_run_is_left_alone(upstream):
    started(upstream, pausing.lease_seconds() - 5)
    assert payloads.sweep_fetches() == 0
    assert UpstreamPayload.objects.get().state == "started"


@pytest.mark.django_db
def test_it_is_said_once(upstream):
    started(upstream, pausing.lease_seconds() + 5)
    assert [payloads.sweep_fetches(), payloads.sweep_fetches()] == [1, 0]
