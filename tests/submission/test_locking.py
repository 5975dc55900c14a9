"""Whoever records an answer locks the chunk first, then the attempt, and sees what was changed meanwhile."""

import threading

import pytest
from django.db import connection, transaction

from messaging.models import Attempt, Chunk
from messaging.services.submission import claim
from messaging.services.submission.locking import lock_call
from tests.simulator.process import eventually

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def call(api, upstream):
    api.send()
    claimed = claim("notification")
    return claimed.chunk_id, claimed.attempt_id


class Locker:
    """Somebody who locks a call in a transaction of his own."""

    def __init__(self, call):
        self.call, self.seen = call, None
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def _run(self):
        try:
            with transaction.atomic():
                self.seen = lock_call(*self.call)
        finally:
            connection.close()

    def waits(self):
        return eventually(lambda: waiting() or None)

    def saw(self):
        self.thread.join(5)
        return self.seen[0].state, self.seen[1].state


def waiting():
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
        return cursor.fetchone()[0]


def test_both_are_read_as_they_are_when_the_lock_is_there(call):
    with transaction.atomic():
        Chunk.objects.select_for_update().get(pk=call[0])
        locker = Locker(call)
        locker.waits()
        Attempt.objects.filter(pk=call[1]).update(state="unknown")
        Chunk.objects.filter(pk=call[0]).update(state="done")
    assert locker.saw() == ("done", "unknown")


def test_who_holds_the_chunk_gets_the_attempt_though_somebody_waits(call):
    """The other order would be a deadlock with the sweeper."""
    with transaction.atomic():
        Chunk.objects.select_for_update().get(pk=call[0])
        locker = Locker(call)
        locker.waits()
        assert Attempt.objects.select_for_update(nowait=True).get(pk=call[1]).state == "prepared"
    assert locker.saw() == ("submitting", "prepared")


def test_a_change_of_the_attempt_alone_is_seen(call):
    with transaction.atomic():
        Attempt.objects.filter(pk=call[1]).update(state="unknown")
        locker = Locker(call)
        locker.waits()
    assert locker.saw() == ("submitting", "unknown")


def test_what_was_left_out_is_read_when_asked_for(call):
    with transaction.atomic():
        chunk, attempt = lock_call(*call)
        assert (len(chunk.members), attempt.left_out, attempt.raw) == (1, [], None)
