"""Positions, given after commit.

Numberers take turns; each sees every row that was committed when its turn began, and the positions that it gives are
higher than all before. So when a reader sees a position, every lower one that there will ever be is there too. Of one
message's events the earlier is committed before the later is written, and is numbered before it.
"""

import time

import structlog
from django.db import OperationalError, connection, transaction
from psycopg.errors import LockNotAvailable

log = structlog.get_logger(__name__)

AT_A_TIME = 2000  # sets in one transaction
MOST_SECONDS = 1.0  # then no further transaction is begun: a reader waits
TURN = 5_390_001  # PostgreSQL's advisory lock of whoever numbers
PATIENCE = "2s"  # for the numberer before us, which may be frozen; what it keeps back is read later

# Indexes: events_to_number, inbound_to_number, of which only the first entry is looked at.
WAITING = """
SELECT (SELECT serial FROM messaging_event WHERE position IS NULL ORDER BY serial LIMIT 1) IS NOT NULL
    OR (SELECT id FROM messaging_inboundmessage WHERE position IS NULL AND application_id IS NOT NULL
        ORDER BY id LIMIT 1) IS NOT NULL
"""

# A statement of its own, so that the next one sees what was committed until the turn came.
TAKE_TURN = "SELECT set_config('lock_timeout', %(patience)s, true), pg_advisory_xact_lock(%(turn)s)"

# events_to_number, then the primary key.
NUMBER_EVENTS = """
WITH numbered AS MATERIALIZED (
    SELECT id, nextval('messaging_feed_position') AS position
    FROM (SELECT id FROM messaging_event WHERE position IS NULL ORDER BY serial LIMIT %(most)s) in_order
)
UPDATE messaging_event e SET position = n.position FROM numbered n WHERE e.id = n.id
"""

# inbound_to_number, then the primary key. What belongs to nobody waits until staff assign it.
NUMBER_INBOUND = """
WITH numbered AS MATERIALIZED (
    SELECT id, nextval('messaging_feed_position') AS position
    FROM (SELECT id FROM messaging_inboundmessage WHERE position IS NULL AND application_id IS NOT NULL
          ORDER BY id LIMIT %(most)s) in_order
)
UPDATE messaging_inboundmessage i SET position = n.position FROM numbered n WHERE i.id = n.id
"""


def number() -> None:
    """Give a position to all that is committed by now. A long backlog is left to the next call after a second."""
    until = time.monotonic() + MOST_SECONDS
    while _something_waits() and _number_some() and time.monotonic() < until:
        pass


def _something_waits() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(WAITING)
        return bool(cursor.fetchone()[0])


def _number_some() -> bool:
    """Number one portion; return whether more may be waiting."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(TAKE_TURN, {"patience": PATIENCE, "turn": TURN})
            cursor.execute(NUMBER_EVENTS, {"most": AT_A_TIME})
            events: int = cursor.rowcount
            cursor.execute(NUMBER_INBOUND, {"most": AT_A_TIME})
            return AT_A_TIME in {events, cursor.rowcount}
    except OperationalError as error:
        if not isinstance(error.__cause__, LockNotAvailable):
            raise
        log.warning("feed_not_numbered")
        return False


FAR = 10**12  # positions; more than were given between a backup and its restoration

LEAP = "SELECT setval('messaging_feed_position', nextval('messaging_feed_position') + %s)"


def leap() -> None:
    """Give positions from now on that nobody has read past.

    After a restored backup readers may stand at positions that only the lost future knew: what comes now would appear
    before them.
    """
    with connection.cursor() as cursor:
        cursor.execute(LEAP, [FAR])
