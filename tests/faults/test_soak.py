"""20,000 messages while everything breaks at once: the gateway, the workers, Redis, PostgreSQL."""

import random
import signal
import threading
import time

import pytest

from tests.faults.service import until

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

BATCHES, BATCH_SIZE, NUMBERS_A_CALL = 40, 500, 20  # a thousand calls and more
FAULTS = [
    {"fault": "drop_after_accept", "action": "send", "probability": 0.05},
    {"fault": "reset_before", "action": "send", "probability": 0.05},
    {"fault": "truncate", "action": "send", "probability": 0.05},
    {"fault": "status", "status": 21, "action": "send", "probability": 0.05},
]
WORKERS = ("worker-bulk", "worker-otp", "worker-upkeep")
KILL_EVERY_SECONDS = 4.0


class Chaos:
    """Kills a worker every few seconds; wipes Redis once and restarts PostgreSQL once on the way."""

    def __init__(self, service):
        self.service, self.kills, self._stop = service, 0, threading.Event()
        self._thread = threading.Thread(target=self._rage, daemon=True)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._stop.set()
        self._thread.join(60)

    def _rage(self):
        chance = random.Random(20)
        once = {3: self.service.redis().flushall, 6: lambda: self.service.signal("postgres", signal.SIGINT)}
        while not self._stop.wait(KILL_EVERY_SECONDS):
            name = chance.choice(WORKERS)
            if self.service.pids(name):
                self.service.signal(name)
                self.kills += 1
            if act := once.pop(self.kills, None):
                act()


def waiting(service):
    return service.sql(
        "SELECT (SELECT count(*) FROM messaging_chunk WHERE state IN ('queued', 'submitting'))"
        " + (SELECT count(*) FROM messaging_queuedsingle)"
    )[0][0]


def unresolved_by_reports(service):
    """Messages of unknown outcome that the gateway did take."""
    taken = {row["mobile"] for row in service.ledger()}
    unknown = service.sql("SELECT mobile FROM messaging_message WHERE state = 'unknown'")
    return sum(mobile in taken for (mobile,) in unknown)


def lost_answers(service):
    return service.sql("SELECT count(*) FROM messaging_attempt WHERE state = 'unknown'")[0][0]


def pages_maybe_lost(service):
    return service.sql("SELECT count(*) FROM messaging_upstreampayload WHERE state = 'maybe_lost'")[0][0]


@pytest.mark.fault("D3", "D4", "D8", "D13", "E5", "E6", "E7", "E12", "E17")
def test_twenty_thousand_messages_while_everything_breaks(service, measured):
    service.sql("UPDATE accounts_upstreamaccount SET max_numbers = %s", NUMBERS_A_CALL)
    service.simulator.script(*FAULTS)
    began = time.monotonic()
    with Chaos(service) as chaos:
        for _batch in range(BATCHES):
            until(lambda: service.post_batch(service.numbers(BATCH_SIZE)).status == 202, 90)
        until(lambda: chaos.kills >= 10 and not waiting(service), 240)
    service.simulator.script()
    service.settle(120)
    measured("soak: 20,000 messages", time.monotonic() - began, 400)
    assert chaos.kills >= 10
    assert lost_answers(service) >= 50
    # A report resolves a lost answer, unless the page that held it may have been lost with a killed worker.
    lost_pages = pages_maybe_lost(service)
    until(lambda: not unresolved_by_reports(service) or pages_maybe_lost(service), 120)
    assert lost_pages or not unresolved_by_reports(service)
    service.sql("UPDATE accounts_upstreamaccount SET max_numbers = 200")
