"""Statements that the server keeps parsed and planned: for what runs a thousand times a second.

Only for what inserts, or finds a row by its key. A plan that is kept was made for the size that tables had then: what
looks for work in a queue that was empty would go on reading all of it when it is full, and is planned each time.
"""

from typing import Any

import psycopg
from django.db import connection
from django.db.backends.utils import CursorWrapper


class _Preparing(psycopg.Cursor[tuple[Any, ...]]):
    """Binds parameters on the server, and has each statement prepared at its first use on a connection."""

    def execute(self, query: Any, params: Any = None, **_options: Any) -> "_Preparing":
        return super().execute(query, params, prepare=True)


def prepared_cursor() -> CursorWrapper:
    """Return a cursor for a `with` block, with Django's errors and its log of statements.

    Parsing and planning were half of what a single accept cost the server. Arrays need a cast: it sees no literal.
    With `prepare_threshold` left out of the settings the driver would prepare nothing.
    """
    connection.ensure_connection()
    cursor: Any = _Preparing(connection.connection)  # Django's stubs know only Django's own cursors
    return (
        connection.make_debug_cursor(cursor) if connection.queries_logged else connection.make_cursor(cursor)
    )
