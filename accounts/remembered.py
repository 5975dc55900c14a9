"""Answers of the database that are kept in this process for a moment: for what every request asks anew."""

import time
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

from django.conf import settings

Key = TypeVar("Key", bound=Hashable)
Answer = TypeVar("Answer")

MOST_KEPT = 10_000


class Remembered(Generic[Key, Answer]):
    """Reads an answer at most once in `settings.REMEMBER_SECONDS`, so that much later a change is in force everywhere.

    Only what is worth keeping is kept: a refusal is always read anew, so nobody waits for a change that mends it.
    """

    def __init__(
        self, read: Callable[[Key], Answer], *, worth_keeping: Callable[[Answer], bool] = bool
    ) -> None:
        self._read = read
        self._worth_keeping = worth_keeping
        self._kept: dict[Key, tuple[float, Answer]] = {}

    def get(self, key: Key) -> Answer:
        """Return the answer, from memory if it is young enough. Raises what reading raises."""
        kept = self._kept.get(key)
        if kept and time.monotonic() - kept[0] < settings.REMEMBER_SECONDS:
            return kept[1]
        began, answer = time.monotonic(), self._read(key)
        if self._worth_keeping(answer):
            self._keep(key, began, answer)
        else:
            self._kept.pop(key, None)
        return answer

    def _keep(self, key: Key, began: float, answer: Answer) -> None:
        if len(self._kept) >= MOST_KEPT:
            self._kept.clear()
        self._kept[key] = (began, answer)
