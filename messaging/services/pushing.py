"""Pushing: what a login is to be told goes to the URL filed for it, until that answers `OK` (document, section 6).

A delivery is committed with the place it takes in the feed, and is tried until it is taken: at least once. Tries have a
ladder of their own; after some failures in a row an endpoint's breaker opens, and one delivery at a time tries, so that
a dead endpoint costs one call a minute, and what it refuses for its contents holds nothing else back.
"""

import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

import structlog
from django.db import connection, transaction
from django.utils.translation import gettext as _

from accounts.encryption import open_bytes, seal_bytes
from accounts.models import GatewayLogin
from messaging import alarming, outbound
from messaging.exceptions import NotFound
from messaging.models import Delivery, DeliveryTry, Endpoint
from messaging.outflow import Item, as_json, hand_over
from messaging.vendor.errors import VendorError
from messaging.vendor.exchange import Limits, Reply

log = structlog.get_logger(__name__)

MOST_ITEMS = 200
PAGES_AT_A_TIME = 50  # of one login in one run
CONTENT_TYPE = "application/json; charset=utf-8"
LIMITS = Limits(connect_timeout=5.0, deadline=15.0, max_body=64 * 1024)
LEASE_SECONDS = 60
TURN_SECONDS = 20.0
FAILURES_TO_OPEN = 3
PAUSE_SECONDS = 60
LADDER = (60, 300, 600, 1800, 7200)  # seconds after each failure; then every five hours
STEP = 18_000
GIVEN_UP_AFTER_SECONDS = 72 * 3600
ALARM = "push_given_up"
TAKEN = b"OK"


def fill() -> list[int]:
    """Make deliveries of what is new for each login that has a push URL; return the endpoints that have some due."""
    logins = GatewayLogin.objects.filter(is_active=True, application__is_active=True).exclude(push_url="")
    for login in logins.order_by("pk"):
        endpoint, _is_new = Endpoint.objects.get_or_create(login=login)
        for _page in range(PAGES_AT_A_TIME):
            if hand_over(login, MOST_ITEMS, partial(_keep, endpoint)) < MOST_ITEMS:
                break
    return _endpoints_with_work()


def _keep(endpoint: Endpoint, items: list[Item]) -> None:
    body = seal_bytes(as_json(items))
    Delivery.objects.create(endpoint=endpoint, content_type=CONTENT_TYPE, body=body, items=len(items))


# deliveries_due; a handful of endpoints.
WITH_WORK = """
SELECT e.id FROM messaging_endpoint e
WHERE coalesce(e.closed_until <= statement_timestamp(), true)
  AND coalesce(e.leased_until <= statement_timestamp(), true)
  AND EXISTS (SELECT FROM messaging_delivery d
              WHERE d.endpoint_id = e.id AND d.state = 'due' AND d.next_at <= statement_timestamp())
ORDER BY e.id
"""


def _endpoints_with_work() -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(WITH_WORK)
        return [row[0] for row in cursor.fetchall()]


def push(endpoint_id: int) -> bool:
    """Deliver what is due at one endpoint, oldest first, for a while; return whether more may be waiting.

    Whoever finds another at it leaves it to them. No transaction is open while the endpoint is called.
    """
    until = time.monotonic() + TURN_SECONDS
    with _leased(endpoint_id) as leased:
        while leased and (delivery := _next_due(endpoint_id)):
            if not _deliver(delivery):
                return False
            if time.monotonic() > until:
                return True
    return False


# Primary key. A breaker that is open lets one try pass when its pause is over.
LEASE = """
UPDATE messaging_endpoint SET leased_until = statement_timestamp() + make_interval(secs => %(seconds)s)
WHERE id = %(endpoint)s AND coalesce(leased_until <= statement_timestamp(), true)
  AND coalesce(closed_until <= statement_timestamp(), true)
RETURNING id
"""


@contextmanager
def _leased(endpoint_id: int) -> Iterator[bool]:
    with connection.cursor() as cursor:
        cursor.execute(LEASE, {"endpoint": endpoint_id, "seconds": LEASE_SECONDS})
        leased = cursor.fetchone() is not None
    try:
        yield leased
    finally:
        if leased:
            Endpoint.objects.filter(pk=endpoint_id).update(leased_until=None)


# deliveries_due.
NEXT_DUE = """
SELECT id FROM messaging_delivery
WHERE endpoint_id = %s AND state = 'due' AND next_at <= statement_timestamp() ORDER BY id LIMIT 1
"""


def _next_due(endpoint_id: int) -> Delivery | None:
    with connection.cursor() as cursor:
        cursor.execute(NEXT_DUE, [endpoint_id])
        row = cursor.fetchone()
    return Delivery.objects.select_related("endpoint__login").get(pk=row[0]) if row else None


@dataclass(frozen=True)
class _Outcome:
    """What became of one try; `reason` is a constant word, empty where it was taken. Seconds."""

    reason: str
    reply: Reply | None = None
    elapsed_ms: int | None = None

    @property
    def answer(self) -> str:
        return (
            self.reply.body[:200].decode("utf-8", "replace").replace("\x00", "\ufffd") if self.reply else ""
        )

    @property
    def retry_after(self) -> int:
        return (self.reply.retry_after_s or 0) if self.reply else 0


def _deliver(delivery: Delivery) -> bool:
    """Try once and write down what came of it; return whether the endpoint may be called again at once."""
    login = delivery.endpoint.login
    outcome = _try(login.push_url, bytes(delivery.body), delivery.content_type)
    with transaction.atomic():
        DeliveryTry.objects.create(
            delivery=delivery,
            elapsed_ms=outcome.elapsed_ms,
            http_status=outcome.reply.http_status if outcome.reply else None,
            reason=outcome.reason,
            answer=outcome.answer,
        )
        if outcome.reason:
            is_over, failures = _failed(delivery, outcome)
        else:
            _taken(delivery)
            return True
    log.warning("push_failed", login=login.pk, delivery=str(delivery.pk), reason=outcome.reason)
    if is_over:
        _sound(login)
    return failures < FAILURES_TO_OPEN


def _try(url: str, sealed: bytes, content_type: str) -> _Outcome:
    try:
        reply = outbound.call(url, open_bytes(sealed), content_type, LIMITS)
    except outbound.Unreachable as error:
        return _Outcome(error.reason)
    except VendorError as error:
        return _Outcome(error.reason, elapsed_ms=error.elapsed_ms)
    reason = reply.cut or ("" if reply.http_status // 100 == 2 else f"http_{reply.http_status}")
    if not reason and reply.body.strip() != TAKEN:
        reason = "not_ok"
    return _Outcome(reason, reply, reply.elapsed_ms)


# Primary keys. What waits behind an open breaker goes at once, when the endpoint is back.
TAKE = """
WITH done AS (
    UPDATE messaging_delivery SET state = 'done', tries = tries + 1, ended_at = statement_timestamp()
    WHERE id = %(delivery)s
), back AS (
    UPDATE messaging_endpoint SET failures = 0, closed_until = NULL,
        leased_until = statement_timestamp() + make_interval(secs => %(lease)s)
    WHERE id = %(endpoint)s RETURNING id
)
UPDATE messaging_delivery SET next_at = statement_timestamp()
WHERE endpoint_id = %(endpoint)s AND state = 'due' AND id <> %(delivery)s AND %(was_open)s
"""


def _taken(delivery: Delivery) -> None:
    _write(TAKE, delivery, was_open=delivery.endpoint.failures >= FAILURES_TO_OPEN)


# Primary keys.
FAIL = """
WITH tried AS (
    UPDATE messaging_delivery d
    SET tries = d.tries + 1,
        next_at = statement_timestamp() + make_interval(secs => greatest(%(wait)s, %(retry_after)s)),
        state = CASE WHEN over THEN 'given_up' ELSE 'due' END,
        ended_at = CASE WHEN over THEN statement_timestamp() END
    FROM (SELECT statement_timestamp() - created_at > make_interval(secs => %(limit)s) AS over
          FROM messaging_delivery WHERE id = %(delivery)s) age
    WHERE d.id = %(delivery)s RETURNING over
), failing AS (
    UPDATE messaging_endpoint
    SET failures = failures + 1, leased_until = statement_timestamp() + make_interval(secs => %(lease)s),
        closed_until = CASE WHEN failures + 1 >= %(most)s
                       THEN statement_timestamp() + make_interval(secs => %(pause)s) END
    WHERE id = %(endpoint)s RETURNING failures
)
SELECT tried.over, failing.failures FROM tried, failing
"""


def _failed(delivery: Delivery, outcome: _Outcome) -> tuple[bool, int]:
    """Return whether the delivery is given up, and how often in a row the endpoint failed by now."""
    wait = LADDER[delivery.tries] if delivery.tries < len(LADDER) else STEP
    row = _write(
        FAIL, delivery, wait=wait, retry_after=outcome.retry_after, limit=GIVEN_UP_AFTER_SECONDS,
        most=FAILURES_TO_OPEN, pause=PAUSE_SECONDS,
    )  # fmt: skip
    return bool(row[0]), int(row[1])


def _write(query: str, delivery: Delivery, **given: Any) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(
            query, given | {"delivery": delivery.pk, "endpoint": delivery.endpoint_id, "lease": LEASE_SECONDS}
        )
        return cursor.fetchone() if cursor.description else None


def _sound(login: GatewayLogin) -> None:
    alarming.sound(
        ALARM,
        login.account,
        detail="Reports and replies could not be pushed for 72 hours. They are kept.",
        next_step="See why the push URL does not answer OK, then have the deliveries sent again in the admin.",
    )


def deliver_again(delivery_id: uuid.UUID) -> None:
    """Have a delivery sent once more, now. Raises `NotFound`."""
    with connection.cursor() as cursor:
        cursor.execute(AGAIN, [delivery_id])
        if cursor.fetchone() is None:
            raise NotFound(_("There is no such delivery here."))


# Primary keys. Seventy-two hours begin anew.
AGAIN = """
WITH again AS (
    UPDATE messaging_delivery SET state = 'due', tries = 0, next_at = statement_timestamp(),
        created_at = statement_timestamp(), ended_at = NULL
    WHERE id = %s RETURNING endpoint_id
)
UPDATE messaging_endpoint SET closed_until = NULL WHERE id = (SELECT endpoint_id FROM again) RETURNING id
"""
