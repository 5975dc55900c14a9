"""The house keeps its shape: imports, queues, schedule, languages."""

import subprocess
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command

from smsgateway.celery import app
from smsgateway.schedule import ROUTES, WORKERS

ROOT = Path(__file__).resolve().parents[2]


def test_imports_only_go_down():
    linter = subprocess.run(
        [ROOT / ".venv/bin/lint-imports"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert linter.returncode == 0, linter.stdout


@pytest.mark.django_db
def test_no_migration_is_missing():
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)


def test_every_queue_has_one_consumer():
    served = [queue for worker in WORKERS for queue in worker.queues]
    assert sorted(served) == sorted({queue.name for queue in settings.CELERY_TASK_QUEUES})


def test_every_scheduled_and_routed_task_exists():
    app.loader.import_default_modules()
    scheduled = {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()}
    routed = {name for name in ROUTES if "*" not in name}
    assert scheduled | routed <= set(app.tasks)


def test_every_task_goes_to_a_queue_that_is_served():
    queues = {queue.name for queue in settings.CELERY_TASK_QUEUES}
    assert {route["queue"] for route in ROUTES.values()} <= queues
