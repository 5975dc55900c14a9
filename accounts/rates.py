"""How fast something may happen: counted in Redis, exactly and for all processes; in this process while Redis is away.

The generic cell rate algorithm: a bucket of `burst` uses that fills at `per_second`, kept as one moment, the one at
which it is full again. Whoever has no rate is never looked up.
"""

import threading
import time
from dataclasses import dataclass
from functools import cached_property
from math import ceil
from typing import Any

import redis
import structlog
from django.conf import settings
from redis.backoff import NoBackoff
from redis.retry import Retry

log = structlog.get_logger(__name__)

ANSWER_SECONDS = 0.2  # a local round trip takes a thousandth of it
SILENCE_SECONDS = 3.0  # after a failure: a dead or frozen Redis costs one caller a time-out, not each
MOST_KEPT = 10_000
PREFIX = "smsgateway:rate:"
MICROSECONDS = 1_000_000


@dataclass(frozen=True)
class Rate:
    """`burst` uses at once, then `per_second` of them, evenly."""

    per_second: float
    burst: int

    @property
    def interval(self) -> int:
        """Microseconds in which one use comes back."""
        return max(1, round(MICROSECONDS / self.per_second))


@dataclass(frozen=True)
class Verdict:
    """What became of one use. Seconds."""

    allowed: bool
    limit: int
    remaining: int
    full_after: float
    retry_after: float


# One round trip; the server's clock, so that hosts need not agree. A refused use changes nothing.
TAKE = """
local clock = redis.call('TIME')
local now = clock[1] * 1000000 + clock[2]
local interval, burst = tonumber(ARGV[1]), tonumber(ARGV[2])
local full = math.max(tonumber(redis.call('GET', KEYS[1]) or 0), now)
if full + interval - now > burst * interval then return {0, full - now} end
full = full + interval
redis.call('SET', KEYS[1], string.format('%.0f', full), 'PX', math.ceil((full - now) / 1000))
return {1, full - now}
"""


class Buckets:
    """Takes uses out of named buckets."""

    def __init__(self) -> None:
        self._own = OwnBuckets()
        self._lock = threading.Lock()
        self._asked_again_at = 0.0
        self._is_silent = False

    def take(self, name: str, rate: Rate) -> Verdict:
        """Take one use of a bucket, if there is one. Never raises, and waits for Redis a fifth of a second at most."""
        found = self._ask(name, rate) if self._may_ask() else None
        return _verdict(rate, *(found or self._own.take(name, rate)))

    def _may_ask(self) -> bool:
        """Whether Redis is heard; of those who come when it is time to try it again, one tries."""
        if not self._is_silent:
            return True
        with self._lock:
            now = time.monotonic()
            if now < self._asked_again_at:
                return False
            self._asked_again_at = now + SILENCE_SECONDS
            return True

    def _ask(self, name: str, rate: Rate) -> tuple[bool, int] | None:
        try:
            allowed, used = self._take(keys=[f"{PREFIX}{name}"], args=[rate.interval, rate.burst])
        except (redis.RedisError, OSError) as error:
            self._asked_again_at, self._is_silent = time.monotonic() + SILENCE_SECONDS, True
            log.warning("rates_counted_alone", reason=type(error).__name__)
            return None
        self._is_silent = False
        return bool(allowed), int(used)

    @cached_property
    def _take(self) -> Any:
        return counting_client().register_script(TAKE)


def counting_client() -> redis.Redis:
    """Return a connection pool to Redis that gives up soon and tries nothing twice."""
    return redis.Redis.from_url(
        settings.CELERY_BROKER_URL, socket_timeout=ANSWER_SECONDS, socket_connect_timeout=ANSWER_SECONDS,
        socket_keepalive=True, protocol=2, retry=Retry(NoBackoff(), 0),
    )  # fmt: skip


class OwnBuckets:
    """The same for this process alone: several processes then allow so many times as much."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._full_at: dict[str, int] = {}

    def take(self, name: str, rate: Rate) -> tuple[bool, int]:
        """Return whether there was a use, and microseconds until the bucket is full."""
        with self._lock:
            now = time.monotonic_ns() // 1000
            full = max(self._full_at.get(name, 0), now)
            if full + rate.interval - now > rate.burst * rate.interval:
                return False, full - now
            if len(self._full_at) >= MOST_KEPT:
                self._full_at = {kept: at for kept, at in self._full_at.items() if at > now}
            self._full_at[name] = full + rate.interval
            return True, full + rate.interval - now


def _verdict(rate: Rate, allowed: bool, used: int) -> Verdict:
    room = rate.burst * rate.interval - used
    return Verdict(
        allowed=allowed, limit=rate.burst, remaining=max(0, room // rate.interval),
        full_after=used / MICROSECONDS, retry_after=0 if allowed else (rate.interval - room) / MICROSECONDS,
    )  # fmt: skip


def seconds(duration: float) -> int:
    """Return whole seconds after which a duration is surely over, as headers name them."""
    return max(1, ceil(duration))


buckets = Buckets()
