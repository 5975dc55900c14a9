"""Which parts of the service are at work, by the signs of life they leave."""

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.utils.translation import gettext

from accounts.admin.units import age_of, ago
from messaging.models import Heartbeat

SILENT_SECONDS = 90  # signs come every 5 to 20 seconds


@dataclass(frozen=True)
class Sign:
    """One part, and when it was last heard."""

    part: str
    alive: bool
    age: str


def signs() -> list[Sign]:
    heard = dict(Heartbeat.objects.values_list("name", "at"))
    queues = [queue.name for queue in settings.CELERY_TASK_QUEUES]
    return [
        _sign(gettext("beat"), heard.get(Heartbeat.CLOCK)),
        *(
            _sign(gettext("workers of %(queue)s") % {"queue": queue}, heard.get(Heartbeat.of_queue(queue)))
            for queue in queues
        ),
        _sign(gettext("pump"), heard.get(Heartbeat.WATCH)),
    ]


def _sign(part: str, at: datetime | None) -> Sign:
    return Sign(part, alive=at is not None and age_of(at) < SILENT_SECONDS, age=ago(at))
