import os

from celery import Celery
from celery.signals import setup_logging, task_prerun, worker_ready
from django.db import close_old_connections

from smsgateway.collecting import spare_what_stays

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "smsgateway.settings")

app = Celery("smsgateway")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@setup_logging.connect
def keep_our_logging(**_: object) -> None:
    """Celery would replace the handlers that Django has set up."""


@task_prerun.connect
def drop_broken_connections(**_: object) -> None:
    """Connections outlive tasks; one that the database has closed meanwhile must not fail the next one."""
    close_old_connections()


@worker_ready.connect
def spare_what_is_loaded(**_: object) -> None:
    spare_what_stays()
