"""Eight writers, twenty thousand changes, and a reader that polls throughout."""

import queue
import random
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from itertools import groupby

import pytest
from django.db import connection, transaction

from messaging.lifecycle import Change, move, tell
from messaging.models import Event, Message, new_id
from messaging.states import Derived, EventKind, State
from tests.feed.conftest import elsewhere

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(180)]

WRITERS = 8
SETS = 80
MEMBERS = 50
# What one set of messages goes through; each step is another transaction, mostly another writer's.
STEPS = ("accepted", "submitting", "submitted", "undelivered", "delivered")
CHANGES = SETS * MEMBERS * len(STEPS)


def accept(shop, ids):
    Message.objects.bulk_create(
        Message(id=pk, application=shop, mobile="13800000001", category="otp", parts=1, content="hi")
        for pk in ids
    )
    tell(shop.pk, ids, EventKind.ACCEPTED, State.QUEUED)


def step(shop, ids, name):
    if name == "accepted":
        accept(shop, ids)
    elif name == "submitting":
        list(Message.objects.select_for_update().filter(pk__in=ids).order_by("pk"))
        tell(shop.pk, ids, EventKind.CLAIMED, Derived.SUBMITTING)
    else:
        move([Change(pk, State(name), mid=f"M{pk}") for pk in ids], EventKind.ANSWERED)


class Writers:
    """They take turns with the sets, and their transactions stay open for a while after they have written."""

    def __init__(self, shop):
        self.shop = shop
        self.random = random.Random(8)
        self.work = queue.SimpleQueue()
        for _set in range(SETS):
            self.work.put((sorted(new_id() for _member in range(MEMBERS)), 0))
        self.finished = []
        self.failed = None

    def write(self):
        try:
            while len(self.finished) < SETS and not self.failed:
                self.one_change()
        except Exception as error:
            self.failed = error
            raise

    def one_change(self):
        try:
            ids, place = self.work.get(timeout=0.05)
        except queue.Empty:
            return
        # Sets of other sizes than that of the members: some travel apart for one step.
        cut = self.random.choice((0, 0, 0, 1, 20))
        for part in filter(None, (ids[:cut], ids[cut:])):
            with transaction.atomic():
                step(self.shop, part, STEPS[place])
                time.sleep(self.random.choice((0, 0, 0, 0.005, 0.05)))
        if place + 1 < len(STEPS):
            self.work.put((ids, place + 1))
        else:
            self.finished.append(ids)


class Reader:
    """Asks for the next page until nobody writes any more and there is no more to read."""

    def __init__(self, api):
        self.api, self.random = api, random.Random(9)
        self.items, self.empty_pages, self.done = [], 0, threading.Event()

    def read(self):
        after = ""
        while True:
            nobody_writes = self.done.is_set()
            limit = self.random.choice((1, 37, 50, 500))
            page = self.api.get(f"events?limit={limit}&after={after}").json()
            self.items += page["results"]
            self.empty_pages += not page["results"]
            if not page["results"] and nobody_writes:
                return
            after = page["next"] or ""


def test_a_reader_ends_with_exactly_what_happened(api, shop):
    writers, reader = Writers(shop), Reader(api)
    with ThreadPoolExecutor(WRITERS + 1) as threads:
        reading = threads.submit(elsewhere, reader.read)
        writing = [threads.submit(elsewhere, writers.write) for _writer in range(WRITERS)]
        try:
            for done in writing:
                done.result(150)
        finally:
            reader.done.set()
        reading.result(150)
    assert reader.empty_pages, "it never caught up, so nothing was read as it was written"
    assert was_overtaken(), "all was committed in the order of writing, so nothing was shown"
    assert_exactly_what_happened(reader.items)


def assert_exactly_what_happened(items):
    assert len(items) == CHANGES
    assert len({item["id"] for item in items}) == CHANGES
    assert {item["id"] for item in items} == written()
    for message, changes in groupby(sorted(items, key=of_message), key=of_message):
        assert tuple(item["type"] for item in changes) == tuple(f"message.{name}" for name in STEPS), message


def of_message(item):
    return item["message"]["id"]


def was_overtaken():
    serials = list(Event.objects.order_by("position").values_list("serial", flat=True))
    return serials != sorted(serials)


def written():
    """The ids of all items, from the rows."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT id || '.' || generate_subscripts(message_ids, 1) - 1 FROM messaging_event")
        return {row[0] for row in cursor.fetchall()}
