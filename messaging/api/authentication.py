"""The API's callers, and an alarm when somebody guesses keys."""

import threading
import time

import structlog
from django.db import DatabaseError

from accounts.authentication import WRONG_KEYS, ApiKeyAuthentication
from messaging import alarming

log = structlog.get_logger(__name__)

QUIET_SECONDS = 60  # a thousand guesses are one alarm


class ApiAuthentication(ApiKeyAuthentication):
    _lock = threading.Lock()
    _quiet_until = 0.0

    def on_guessing(self, origin: str) -> None:
        if not self._is_time():
            return
        detail = f"From {origin} came more than {WRONG_KEYS.per_second * 60:g} wrong API keys a minute."
        try:
            alarming.sound("key_guessing", detail=detail, next_step=NEXT_STEP)
        except DatabaseError:
            log.exception("alarm_not_sounded", alarm="key_guessing")

    @classmethod
    def _is_time(cls) -> bool:
        with cls._lock:
            now = time.monotonic()
            if now < cls._quiet_until:
                return False
            cls._quiet_until = now + QUIET_SECONDS
            return True


NEXT_STEP = (
    "Find out who that is: an application with an old key, or somebody who guesses. Further tries from there are "
    "refused; block the address in front of us if it goes on. The alarm ends after a quiet day."
)
