from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db.models import F

from messaging.models import Attempt, Chunk, Event, Message


@pytest.fixture
def pass_hours() -> Callable[[float], None]:
    """Let everything have happened so many hours earlier."""

    def run(hours: float) -> None:
        ago = timedelta(hours=hours)
        Message.objects.update(created_at=F("created_at") - ago, submitted_at=F("submitted_at") - ago)
        Chunk.objects.update(created_at=F("created_at") - ago)
        Event.objects.update(at=F("at") - ago)
        Attempt.objects.update(
            prepared_at=F("prepared_at") - ago, called_at=F("called_at") - ago, ended_at=F("ended_at") - ago
        )

    return run
