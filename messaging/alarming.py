"""Alarms as facts: sounded, sounded again, silenced. Who is told, and when, is decided in `services.alarms`."""

import structlog
from django.db import connection
from django.db.models.functions import Now

from messaging.models import Alarm

log = structlog.get_logger(__name__)

SOUND = """
INSERT INTO messaging_alarm (name, subject, detail, next_step) VALUES (%s, %s, %s, %s)
ON CONFLICT (name, subject) WHERE ended_at IS NULL
DO UPDATE SET last_seen_at = statement_timestamp(), detail = EXCLUDED.detail, next_step = EXCLUDED.next_step
RETURNING xmax = 0
"""


def sound(name: str, subject: str = "", *, detail: str, next_step: str) -> bool:
    """Put an alarm in force, or keep it there; return whether it is new. No text holds a number or a content."""
    with connection.cursor() as cursor:
        cursor.execute(SOUND, [name, subject[:120], detail, next_step])
        fresh = bool(cursor.fetchone()[0])
    if fresh:
        log.error("alarm", alarm=name, subject=subject, detail=detail, next_step=next_step)
    return fresh


def silence(name: str, subject: str = "") -> bool:
    """End an alarm whose cause is gone; return whether it was in force."""
    ended = Alarm.objects.filter(name=name, subject=subject[:120], ended_at__isnull=True).update(
        ended_at=Now()
    )
    if ended:
        log.info("alarm_ended", alarm=name, subject=subject)
    return bool(ended)
