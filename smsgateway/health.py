"""Is the process alive, can it serve, and what do the machines that watch it want to know."""

import redis
import structlog
from django.conf import settings
from django.db import connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Gauge, generate_latest

from messaging import selectors

log = structlog.get_logger(__name__)


def alive(_request: HttpRequest) -> JsonResponse:
    """The process answers; nothing else is asked."""
    return JsonResponse({"status": "ok"})


def ready(_request: HttpRequest) -> JsonResponse:
    """Requests can be served: the database answers. Without Redis they are served too, so it is only shown."""
    database = _database_answers()
    body = {"status": "ok" if database else "unavailable", "database": database, "redis": redis_answers()}
    return JsonResponse(body, status=200 if database else 503)


def _database_answers() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except Exception:
        log.warning("database_not_answering", exc_info=True)
        return False
    return True


def redis_answers() -> bool:
    """Whether Redis answers a PING within a second."""
    client = redis.Redis.from_url(settings.CELERY_BROKER_URL, socket_timeout=1, socket_connect_timeout=1)
    try:
        return bool(client.ping())
    except redis.RedisError:
        return False
    finally:
        client.close()


def metrics(_request: HttpRequest) -> HttpResponse:
    """What is due, for how long, and whether more workers would help; read from PostgreSQL at each scrape."""
    registry = CollectorRegistry()
    due = Gauge("due_messages", "Messages that could be sent now", ["lane"], registry=registry)
    age = Gauge("due_age_seconds", "Age of the oldest of them", ["lane"], registry=registry)
    for lane in selectors.backlog():
        due.labels(lane.category).set(lane.messages)
        age.labels(lane.category).set(lane.oldest_seconds)
    free = Gauge(
        "account_connections_free", "Calls that an upstream account could still take; 0: more workers won't help",
        ["account"], registry=registry,
    )  # fmt: skip
    for name, count in selectors.free_connections():
        free.labels(name).set(count)
    holds = Gauge("holds_in_force", "Holds in force", ["cause"], registry=registry)
    for cause, count in selectors.holds_by_cause():
        holds.labels(cause).set(count)
    alarms = Gauge("alarms_in_force", "Alarms in force", ["name"], registry=registry)
    for name, count in selectors.alarms_by_name():
        alarms.labels(name).set(count)
    return HttpResponse(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)
