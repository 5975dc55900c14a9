"""How many tasks the workers have run, by their own count.

Each worker counts what it accepts, by name, and tells who asks over the broker (`celery inspect stats`). So a wake-up
that expired unheard is no task, and one that found nothing to do is.
"""

from typing import Any

from celery import Celery
from django.conf import settings

from smsgateway.schedule import QUEUES

ANSWER_SECONDS = 1.0
SUBMIT = "messaging.submit"


class Workers:
    """The workers of a service, asked over its broker."""

    def __init__(self, redis_url: str) -> None:
        self._app = Celery("benchmark", broker=redis_url, set_as_current=False)
        self._app.conf.broker_transport_options = settings.CELERY_BROKER_TRANSPORT_OPTIONS
        self._app.conf.task_queues = QUEUES

    def that_answer(self) -> list[str]:
        return sorted(self._stats())

    def submissions(self) -> int:
        """Tasks that looked for something to submit, since the workers started."""
        return sum(stats["total"].get(SUBMIT, 0) for stats in self._stats().values())

    def wake(self, lane: str, times: int) -> None:
        """Ring as the API does after an accept."""
        for _time in range(times):
            self._app.send_task(SUBMIT, args=(lane,), queue=lane)

    def close(self) -> None:
        self._app.close()

    def _stats(self) -> dict[str, Any]:
        return self._app.control.inspect(timeout=ANSWER_SECONDS).stats() or {}
