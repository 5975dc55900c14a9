"""How many calls of a login are under way: counted in Redis for all processes; in this process while Redis is away.

Each call is leased, so a process that is killed gives its places back when the lease ends.
"""

import threading
import time
import uuid
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from typing import Any

import redis
import structlog

from accounts.rates import SILENCE_SECONDS, counting_client

log = structlog.get_logger(__name__)

LEASE_SECONDS = 60  # longer than any call is served
PREFIX = "smsgateway:calls:"

# By the server's clock. A refused call changes nothing.
ENTER = """
local now = redis.call('TIME')[1] + 0
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
if redis.call('ZCARD', KEYS[1]) >= tonumber(ARGV[2]) then return 0 end
redis.call('ZADD', KEYS[1], now + ARGV[3], ARGV[1])
redis.call('EXPIRE', KEYS[1], ARGV[3])
return 1
"""


class TooManyCalls(Exception):
    """So many of them are under way already."""


class LiveCalls:
    """Lets so many calls of one name in at the same time."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._own: Counter[str] = Counter()
        self._silent_until = 0.0

    @contextmanager
    def one_of(self, name: str, most: int) -> Iterator[None]:
        """Be one call for as long as the block lasts; raise `TooManyCalls`. Redis may be away."""
        call = uuid.uuid4().hex
        counted = self._enter(f"{PREFIX}{name}", call, most)
        try:
            yield
        finally:
            self._leave(name, call, counted=counted)

    def _enter(self, key: str, call: str, most: int) -> bool:
        """Return whether Redis counted it."""
        if time.monotonic() >= self._silent_until:
            try:
                if not self._ask(keys=[key], args=[call, most, LEASE_SECONDS]):
                    raise TooManyCalls
            except (redis.RedisError, OSError) as error:
                self._silent_until = time.monotonic() + SILENCE_SECONDS
                log.warning("calls_counted_alone", reason=type(error).__name__)
            else:
                return True
        with self._lock:
            if self._own[key] >= most:
                raise TooManyCalls
            self._own[key] += 1
        return False

    def _leave(self, name: str, call: str, *, counted: bool) -> None:
        key = f"{PREFIX}{name}"
        if not counted:
            with self._lock:
                self._own[key] -= 1
            return
        try:
            self._client.zrem(key, call)
        except (redis.RedisError, OSError) as error:  # the lease ends
            log.warning("call_not_ended", reason=type(error).__name__)

    @cached_property
    def _client(self) -> Any:
        return counting_client()

    @cached_property
    def _ask(self) -> Any:
        return self._client.register_script(ENTER)


live_calls = LiveCalls()
