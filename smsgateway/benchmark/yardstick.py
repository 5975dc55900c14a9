"""C: how many ready rows a second this PostgreSQL takes by COPY. Rates are told as its multiples.

A rate by itself says as much about the disk as about us. C is taken in the same minute on the same server, and its
table never changes: what we make faster or slower is seen in the ratio.
"""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import psycopg
from uuid_utils import uuid7

from smsgateway.benchmark.recipients import CONTENT, mobile
from smsgateway.local.errors import LocalError

ROWS_PER_COMMIT = 10_000
SCHEMA = "benchmark_yardstick"

TABLE = f"""
CREATE TABLE {SCHEMA}.row (
    id uuid PRIMARY KEY, batch uuid, account integer, phone text, content text, extno text, status smallint, mid text,
    attempts integer, options jsonb, created_at timestamptz, due_at timestamptz, changed_at timestamptz
);
CREATE INDEX ON {SCHEMA}.row (created_at) WHERE status = 0;
CREATE INDEX ON {SCHEMA}.row (phone, created_at);
CREATE INDEX ON {SCHEMA}.row (mid) WHERE mid IS NOT NULL;
"""
COPY = f"COPY {SCHEMA}.row FROM STDIN"


class Yardstick:
    """The rows, rendered once; `measure` may be called as often as one likes."""

    def __init__(self, url: str, rows: int) -> None:
        self._url = url
        self._blocks = [_render(first) for first in range(0, rows, ROWS_PER_COMMIT)]

    def measure(self) -> float:
        """Rows a second, COPY and COMMIT only; raises LocalError on a server that does not wait for its disk."""
        with psycopg.connect(self._url, autocommit=True) as connection, _table(connection):
            _refuse_shortcuts(connection)
            checkpoint(connection)
            began = time.perf_counter()
            for block in self._blocks:
                with connection.transaction(), connection.cursor().copy(COPY) as copy:
                    copy.write(block)
            return len(self._blocks) * ROWS_PER_COMMIT / (time.perf_counter() - began)


def checkpoint(connection: psycopg.Connection[tuple[object, ...]]) -> None:
    """Begin with nothing to write back, where the role may ask for that."""
    try:
        connection.execute("CHECKPOINT")
    except psycopg.errors.InsufficientPrivilege:
        return


@contextmanager
def _table(connection: psycopg.Connection[tuple[object, ...]]) -> Iterator[None]:
    connection.execute(f"DROP SCHEMA IF EXISTS {SCHEMA} CASCADE")
    connection.execute(f"CREATE SCHEMA {SCHEMA}")
    try:
        connection.execute(TABLE)
        yield
    finally:
        connection.execute(f"DROP SCHEMA IF EXISTS {SCHEMA} CASCADE")


def _refuse_shortcuts(connection: psycopg.Connection[tuple[object, ...]]) -> None:
    connection.execute("SET synchronous_commit = on")
    if connection.execute("SELECT current_setting('fsync')").fetchone() != ("on",):
        raise LocalError("This PostgreSQL runs with fsync=off: no figure taken there means anything.")


def _render(first: int) -> bytes:
    """One commit's rows as COPY reads them; ids in order, as ours are."""
    batch, now = uuid7(), datetime.now(UTC).isoformat()
    options = json.dumps({"category": "marketing", "reference": None})
    lines = [
        f"{uuid7()}\t{batch}\t7\t{mobile(place)}\t{CONTENT}\t10690\t0\t\\N\t0\t{options}\t{now}\t{now}\t{now}\n"
        for place in range(first, first + ROWS_PER_COMMIT)
    ]
    return "".join(lines).encode()
